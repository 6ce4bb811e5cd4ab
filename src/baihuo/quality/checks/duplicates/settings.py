"""The section ``duplicates`` of ``quality.yaml``."""

from __future__ import annotations

from pydantic import Field, NonNegativeInt, PositiveInt

from baihuo.quality.limits import Limits


class DuplicatesRules(Limits):
    """Duplicates: retries have the same id, copies another one."""

    warn_above: float | None = Field(default=0.05, ge=0, le=1)
    stop_above: float | None = Field(default=0.3, ge=0, le=1)
    window_ms: NonNegativeInt = 1_000  # equal in everything but id and this close: a copy
    exact_only: tuple[str, ...] = (
        "add_to_cart",
        "remove_from_cart",
    )  # two quick taps can be intended
    flood_rows: PositiveInt = 10  # copies so close are a flood of one visitor, not doubles
    order_line_ms: NonNegativeInt = 60_000  # a line of one order again so soon is the same line
