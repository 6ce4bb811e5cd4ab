"""The step ``coverage``: completeness, what is missing from the log."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
from pydantic import Field, PositiveFloat

from baihuo.engine import sql_file
from baihuo.quality.checks.coverage.gaps import WEEK, Counts, Gap, gaps_in, usual_share, usual_week
from baihuo.quality.checks.coverage.slices import (
    Slice,
    hourly_slices,
    others_continued,
    parent_counts,
)
from baihuo.quality.entries import read_checks
from baihuo.quality.finding_sql import NOTES, notes_sql
from baihuo.quality.findings import FindingsStore
from baihuo.quality.limits import Limits
from baihuo.quality.spec import CheckContext, CheckResult, Step


class CoverageRules(Limits):
    """Completeness (missing events), which is noted only."""

    # of the usual number of events: fewer are a gap
    max_share: float = Field(default=0.1, ge=0, lt=1)
    min_sigmas: PositiveFloat = 5  # standard deviations that a gap must be away from chance


_GAP_EDGES = sql_file(__file__, "gap_edges")
_VISITOR_HOURS = sql_file(__file__, "visitor_hours")
_ENOUGH_ROWS = 2_000_000  # of a longer log only a share of the visitors is counted
HOUR_US = 3_600_000_000
_MIN_VISITORS = 6.0  # in the hours of a gap of a platform or a type: chance leaves out all of them once in 400 times
_LEAST_ROWS = 1_000  # of a smaller log it is not reported that it is short
_GAP_HOURS = pa.schema(
    [
        ("gap", pa.int64()),
        ("platform", pa.string()),
        ("event_type", pa.string()),
        ("hour", pa.int64()),
        ("tail_us", pa.int64()),
    ]
)


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


def find_gaps(
    findings: FindingsStore, settings: CoverageRules, context: CheckContext
) -> CheckResult:
    """Gaps of the whole log, of a platform, of a type of event, or of a type on a platform."""
    hourly = findings.tables.sql(
        f"SELECT occurred_at_us // {HOUR_US} AS hour, platform, event_type, count(*) AS n "
        f"FROM {findings.rows('occurred_at_us', 'platform', 'event_type')} GROUP BY ALL",
        out=None,
        **findings.inputs(),
    )
    if hourly.num_rows == 0:
        return CheckResult()
    slices, first_hour = hourly_slices(hourly)
    n_hours = len(slices[None, None])
    few = (
        "coverage: too few weeks to know a usual one, so gaps of the whole log were not looked for"
    )
    is_short = n_hours < 3 * WEEK and findings.n_left >= _LEAST_ROWS
    not_checked = (few,) if is_short else ()
    gaps = _clearest(_all_gaps(slices, settings))
    if gaps:
        visitors = _hourly_visitors(findings, n_hours, first_hour)
        gaps = [(name, gap) for name, gap in gaps if _has_enough_visitors(name, gap, visitors)]
    if not gaps:
        return CheckResult(not_checked=not_checked)
    notes = _notes(findings, gaps, slices, first_hour)
    return CheckResult(
        selects=[notes_sql("gaps")],
        inputs={"gaps": pa.Table.from_pylist(notes, schema=NOTES)},
        not_checked=not_checked,
    )


def _has_enough_visitors(name: Slice, gap: Gap, visitors: Visitors) -> bool:
    """Whether more people were there, or to be expected, than may do nothing of a kind by chance: one visit has many rows."""
    platform, event_type = name
    is_log = platform is None and event_type is None
    return is_log or visitors.expected(platform, event_type, gap) >= _MIN_VISITORS


def _all_gaps(slices: dict[Slice, Counts], settings: CoverageRules) -> list[tuple[Slice, Gap]]:
    limits: dict[str, Any] = {"max_share": settings.max_share, "min_sigmas": settings.min_sigmas}
    log = slices[None, None]
    gaps: list[tuple[Slice, Gap]] = [
        ((None, None), gap) for gap in gaps_in(log, usual_week(log), whole=None, **limits)
    ]
    for name, counts in slices.items():
        parent = parent_counts(name, slices)
        if parent is None:
            continue
        expected = usual_share(counts, parent)
        gaps += [
            (name, gap)
            for gap in gaps_in(counts, expected, whole=parent, **limits)
            if others_continued(slices, name, gap)
        ]
    return gaps


def _clearest(gaps: list[tuple[Slice, Gap]]) -> list[tuple[Slice, Gap]]:
    """Of related gaps that overlap the one farthest from chance.

    A type that is lost everywhere is also lost on each platform, and one that is lost on the largest
    platform looks lost everywhere for a while.
    """
    kept: list[tuple[Slice, Gap]] = []
    for (platform, event_type), gap in sorted(gaps, key=lambda g: (-g[1].sigmas, str(g[0]))):
        related = (
            other
            for (p, t), other in kept
            if (None in (p, platform) or p == platform)
            and (None in (t, event_type) or t == event_type)
        )
        if not any(gap.start < other.end and other.start < gap.end for other in related):
            kept.append(((platform, event_type), gap))
    return kept


def _notes(
    findings: FindingsStore,
    gaps: list[tuple[Slice, Gap]],
    slices: dict[Slice, Counts],
    first_hour: int,
) -> list[dict[str, Any]]:
    """A note per gap at the last row before its longest silence, with the edges to the second."""
    edges = findings.tables.sql(
        _GAP_EDGES(rows=findings.rows("occurred_at_us", "platform", "event_type"), hour_us=HOUR_US),
        out=None,
        gap_hours=_gap_hours(gaps, slices, first_hour),
        **findings.inputs(),
    ).to_pylist()
    notes = []
    for edge in edges:
        (platform, event_type), gap = gaps[edge["gap"]]
        is_log = platform is None and event_type is None
        detail = {
            "platform": platform,
            "event_type": event_type,
            "from": _iso(edge["from_us"]),
            "until": None if edge["next_us"] is None else _iso(edge["next_us"]),
            "expected": round(gap.expected),
            "seen": round(gap.seen),
        }
        notes.append(
            {
                "import_id": edge["import_id"],
                "line": edge["line"],
                "rule": "hole_in_log" if is_log else "hole_in_slice",
                "detail": json.dumps(detail, ensure_ascii=False),
            }
        )
    return notes


def _gap_hours(
    gaps: list[tuple[Slice, Gap]], slices: dict[Slice, Counts], first_hour: int
) -> pa.Table:
    """Hours of each gap, with the last busy one before it and the first after it: :data:`_GAP_HOURS`."""
    rows, n_hours = [], len(slices[None, None])
    for n, (name, gap) in enumerate(gaps):
        busy = np.flatnonzero(slices[name])
        hours = [
            *busy[busy < gap.start][-1:],
            *range(gap.start, gap.end),
            *busy[busy >= gap.end][:1],
        ]
        tail_us = None if busy[-1] >= gap.end else (first_hour + n_hours) * HOUR_US
        rows += [(n, *name, int(hour) + first_hour, tail_us) for hour in hours]
    return pa.Table.from_pylist(
        [dict(zip(_GAP_HOURS.names, row, strict=True)) for row in rows], schema=_GAP_HOURS
    )


def _hourly_visitors(findings: FindingsStore, n_hours: int, first_hour: int) -> Visitors:
    """The visitors of each hour since ``first_hour``; of a long log of a share of them."""
    one_in = max(1, findings.n_left // _ENOUGH_ROWS)
    columns = findings.rows("visitor_id", "platform", "occurred_at_us")
    counted = findings.tables.sql(
        _VISITOR_HOURS(rows=columns, hour_us=HOUR_US, one_in=one_in), out=None, **findings.inputs()
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


def _iso(at_us: int) -> str:
    return datetime.fromtimestamp(at_us // 1_000_000, UTC).isoformat()


CHECKS = read_checks(__file__, "coverage")

STEP = Step(
    name="coverage", settings=CoverageRules, checks=CHECKS, detectors=(find_gaps,), is_whole=True
)
