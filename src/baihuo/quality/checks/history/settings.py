"""The section ``history`` of ``quality.yaml``."""

from __future__ import annotations

from pydantic import Field, PositiveInt

from baihuo.quality.limits import Limits, Share


class HistoryRules(Limits):
    """Groups and spans of days that are unlike the rest of the log; all of it is noted only."""

    warn_above: Share | None = 0.2
    stop_above: Share | None = None
    # of any false note in a log where nothing changed
    chance: float = Field(default=0.01, gt=0, lt=1)
    min_rows: PositiveInt = 8  # behind a note
    min_visitor_days: PositiveInt = 6  # more than expected: one visitor or one day proves nothing
    sample_rows: PositiveInt = 300_000  # of a larger log, whole visitors are drawn
