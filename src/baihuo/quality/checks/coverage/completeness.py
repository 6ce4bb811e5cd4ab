"""Completeness: hours of silence in the log, in a platform or in a type of event."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa

from baihuo.engine import sql_file
from baihuo.quality.checks.coverage.gaps import (
    WEEK,
    Counts,
    Gap,
    gaps_in,
    usual_share,
    usual_week,
)
from baihuo.quality.checks.coverage.notes import NOTES, note
from baihuo.quality.checks.coverage.settings import CoverageRules
from baihuo.quality.checks.coverage.slices import (
    Slice,
    hourly_slices,
    others_continued,
    parent_counts,
)
from baihuo.quality.checks.coverage.visitor_holes import Visitors, hourly_visitors, visitor_notes
from baihuo.quality.findings import FindingsStore
from baihuo.quality.spec import CheckContext, CheckResult

_BURSTS = sql_file(__file__, "bursts")
_GAP_EDGES = sql_file(__file__, "gap_edges")
HOUR_US = 3_600_000_000
_MIN_VISITORS = 6.0  # in the hours of a gap of a platform or a type: chance leaves out all of them once in 400 times
_GAP_HOURS = pa.schema(
    [
        ("gap", pa.int64()),
        ("platform", pa.string()),
        ("event_type", pa.string()),
        ("hour", pa.int64()),
        ("tail_us", pa.int64()),
    ]
)


def find_gaps(
    findings: FindingsStore, settings: CoverageRules, context: CheckContext
) -> CheckResult:
    """Gaps of the whole log, of a platform, of a type of event, or of a type on a platform, and days without most visitors."""
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
    is_short = n_hours < 3 * WEEK and findings.n_left >= settings.min_batch_rows
    not_checked = (few,) if is_short else ()
    visitors = hourly_visitors(findings, n_hours, first_hour)
    gaps = [
        (name, gap)
        for name, gap in _clearest(_all_gaps(slices, _bursts(findings), settings))
        if _has_enough_visitors(name, gap, visitors)
    ]
    notes = _notes(findings, gaps, slices, first_hour) if gaps else []
    known = [gap for _, gap in gaps]
    notes += visitor_notes(findings, slices[None, None], visitors, first_hour, known, settings)
    if not notes:
        return CheckResult(not_checked=not_checked)
    return CheckResult(
        selects=["SELECT * FROM gaps"],
        inputs={"gaps": pa.Table.from_pylist(notes, schema=NOTES)},
        not_checked=not_checked,
    )


def _has_enough_visitors(name: Slice, gap: Gap, visitors: Visitors) -> bool:
    """Whether more people were there, or to be expected, than may do nothing of a kind by chance: one visit has many rows."""
    platform, event_type = name
    is_log = platform is None and event_type is None
    return is_log or visitors.expected(platform, event_type, gap) >= _MIN_VISITORS


def _bursts(findings: FindingsStore) -> dict[str | None, float]:
    """Events of one visitor within an hour, as an average over events; by platform, None: of all.

    Every seventeenth hour is read: they cover all hours of the day and the week.
    """
    rows = findings.tables.sql(
        _BURSTS(rows=findings.rows("visitor_id", "platform", "occurred_at_us"), hour_us=HOUR_US),
        out=None,
        **findings.inputs(),
    ).to_pylist()
    return defaultdict(lambda: 1.0, {r["platform"]: r["burst"] or 1.0 for r in rows})


def _all_gaps(
    slices: dict[Slice, Counts], bursts: dict[str | None, float], settings: CoverageRules
) -> list[tuple[Slice, Gap]]:
    limits: dict[str, Any] = {"max_share": settings.max_share, "min_sigmas": settings.min_sigmas}
    log = slices[None, None]
    gaps: list[tuple[Slice, Gap]] = [
        ((None, None), gap)
        for gap in gaps_in(log, usual_week(log), whole=None, burst=bursts[None], **limits)
    ]
    for name, counts in slices.items():
        parent = parent_counts(name, slices)
        if parent is None:
            continue
        platform, event_type = name
        burst = bursts[platform] if event_type is None else 1.0
        expected = usual_share(counts, parent)
        gaps += [
            (name, gap)
            for gap in gaps_in(counts, expected, whole=parent, burst=burst, **limits)
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
        notes.append(note("hole_in_log" if is_log else "hole_in_slice", edge, detail))
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


def _iso(at_us: int) -> str:
    return datetime.fromtimestamp(at_us // 1_000_000, UTC).isoformat()
