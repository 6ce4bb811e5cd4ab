"""Notes on days on which most visitors, or most of a platform's, are missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa

from baihuo.engine import sql_file
from baihuo.quality.checks.coverage.gaps import Counts, Gap, usual_share
from baihuo.quality.checks.coverage.missing_visitors import MissingVisitors, missing_visitors
from baihuo.quality.checks.coverage.notes import note
from baihuo.quality.checks.coverage.settings import CoverageRules
from baihuo.quality.findings import FindingsStore

_HOUR_US = 3_600_000_000
_VISITOR_HOURS = sql_file(__file__, "visitor_hours")
_ROWS_BEFORE_HOLES = sql_file(__file__, "rows_before_holes")
_ENOUGH_ROWS = 2_000_000  # of a longer log only a share of the visitors is counted
_HOLES = pa.schema([("hole", pa.int64()), ("platform", pa.string()), ("start_us", pa.int64())])


@dataclass(frozen=True, slots=True)
class Visitors:
    """Visitors in each hour; a visitor who comes back in another hour counts again."""

    by_platform: dict[str | None, Counts]  # ``[hours]``; None: of all
    one_in: int  # of so many visitors one was counted

    def expected(self, platform: str | None, event_type: str | None, gap: Gap) -> float:
        """How many visitors a gap of rows would have lost: of a platform its usual share of all of them, of a type of event
        those who were there."""
        hours = slice(gap.start, gap.end)
        if platform is not None and event_type is None:
            usual = usual_share(self.by_platform[platform], self.by_platform[None])
        else:
            usual = self.by_platform[platform]
        return float(usual[hours].sum()) * self.one_in


def visitor_notes(
    findings: FindingsStore,
    rows: Counts,
    visitors: Visitors,
    first_hour: int,
    known: Sequence[Gap],
    settings: CoverageRules,
) -> list[dict[str, Any]]:
    """A note on each such day, at the last row before it; none on hours that ``known`` gaps of rows name already.

    Args:
        rows: ``[hours]``, events in each hour since ``first_hour``.
    """
    one_in = visitors.one_in
    holes = [
        hole
        for hole in missing_visitors(rows, visitors.by_platform, min_sigmas=settings.min_sigmas)
        if not any(gap.start < hole.gap.end and hole.gap.start < gap.end for gap in known)
    ]
    if not holes:
        return []
    table = [
        {"hole": n, "platform": hole.platform, "start_us": (first_hour + hole.gap.start) * _HOUR_US}
        for n, hole in enumerate(holes)
    ]
    at = findings.tables.sql(
        _ROWS_BEFORE_HOLES(rows=findings.rows("occurred_at_us", "platform")),
        out=None,
        holes=pa.Table.from_pylist(table, schema=_HOLES),
        **findings.inputs(),
    ).to_pylist()
    return [
        note("hole_in_visitors", row, _detail(holes[row["hole"]], first_hour, one_in)) for row in at
    ]


def hourly_visitors(findings: FindingsStore, n_hours: int, first_hour: int) -> Visitors:
    """The visitors of each hour since ``first_hour``; of a long log of a share of them."""
    one_in = max(1, findings.n_left // _ENOUGH_ROWS)
    columns = findings.rows("visitor_id", "platform", "occurred_at_us")
    counted = findings.tables.sql(
        _VISITOR_HOURS(rows=columns, hour_us=_HOUR_US, one_in=one_in),
        out=None,
        **findings.inputs(),
    )
    hours = counted["hour"].to_numpy() - first_hour
    weights = counted["n"].to_numpy().astype(np.float64)
    platforms = np.array(counted["platform"].to_pylist(), dtype=object)
    names: list[str | None] = [None, *sorted({p for p in platforms if p is not None})]
    found: dict[str | None, Counts] = {}
    for name in names:
        is_in = np.ones(len(hours), bool) if name is None else platforms == name
        found[name] = np.bincount(hours[is_in], weights[is_in], n_hours).astype(np.float64)
    return Visitors(found, one_in)


def _detail(hole: MissingVisitors, first_hour: int, one_in: int) -> dict[str, Any]:
    start, end = first_hour + hole.gap.start, first_hour + hole.gap.end
    return {
        "platform": hole.platform,
        "from": _iso(start),
        "until": _iso(end),
        "fewer_than": {
            "rows": "the rows of these hours",
            "weeks": "the same hours of the weeks around them",
            "platforms": "the other platforms",
        }[hole.than]
        + " lead one to expect",
        "expected_visitors": round(hole.gap.expected * one_in),
        "seen_visitors": round(hole.gap.seen * one_in),
    }


def _iso(hour: int) -> str:
    return datetime.fromtimestamp(hour * 3600, UTC).isoformat()
