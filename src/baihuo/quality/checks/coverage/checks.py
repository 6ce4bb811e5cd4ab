"""The last step: what is not there, and what is no longer as it was.

No single row is wrong here, so a finding points at one row of a slice: the last before a hole, the
first of a batch that has drifted. Both are notes: people decide. What a batch looks like is kept in
``profile.json`` beside the report, for the next batch to be held against.
"""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

from baihuo.engine.sql_files import sql_file
from baihuo.quality.checks.coverage.accepted import AcceptedBatches, drifted
from baihuo.quality.checks.coverage.gaps import WEEK, Counts, Gap, holes, usual_share, usual_week
from baihuo.quality.checks.coverage.settings import CoverageRules
from baihuo.quality.engine.findings import FindingsStore
from baihuo.quality.spec import Check, CheckContext, CheckResult, Step

_BURSTS = sql_file(__file__, "bursts")
_POINTED = sql_file(__file__, "pointed")

CHECKS: tuple[Check, ...] = (
    Check(
        name="hole_in_log",
        step="coverage",
        on="events",
        action="note",
        why="after this row almost nothing came for hours in which a usual week has events",
        fix="look for a collector that was down or a file that was not sent, and import what is missing",
    ),
    Check(
        name="hole_in_slice",
        step="coverage",
        on="events",
        action="note",
        why="after this row one platform or type of event fell silent while the others went on",
        fix="look for a release of that app or page that lost its tracking",
    ),
    Check(
        name="drift",
        step="coverage",
        on="events",
        action="note",
        why="with this row a batch begins in which a column is spread otherwise than in the last accepted one",
        fix="compare both in profile.json; a season or a campaign is no fault",
    ),
    Check(
        name="strong_drift",
        step="coverage",
        on="events",
        action="note",
        why="with this row a batch begins in which a column is another population than in the last accepted one",
        fix="look for a unit, a mapping or a client that changed, before a model learns it",
    ),
)
HOUR_US = 3_600_000_000
_USUAL_TYPE = 0.02  # of the rows: a type that is missed when it does not come
Slice: TypeAlias = "tuple[str | None, str | None]"
"""A platform and a type of event; None: all of them."""
_FOUND = pa.schema(
    [
        ("import_id", pa.int32()),
        ("line", pa.int64()),
        ("rule", pa.string()),
        ("action", pa.string()),
        ("field", pa.string()),
        ("new", pa.string()),
        ("detail", pa.string()),
    ]
)


def find_holes(findings: FindingsStore, settings: CoverageRules, context: CheckContext) -> CheckResult:
    """Hours of silence: of the whole log, of a platform, a type of event, or one on the other."""
    hourly = findings.tables.sql(
        f"SELECT occurred_at_us // {HOUR_US} AS hour, platform, event_type, count(*) AS n "
        f"FROM {findings.rows('occurred_at_us', 'platform', 'event_type')} GROUP BY ALL",
        out=None,
        **findings.inputs(),
    )
    if hourly.num_rows == 0:
        return CheckResult()
    slices, first_hour = _slices(hourly)
    of = settings
    limits: dict[str, Any] = {"max_share": of.max_share, "min_sigmas": of.min_sigmas}
    whole, bursts = slices[None, None], _bursts(findings)
    every: list[tuple[Slice, Gap]] = [
        ((None, None), hole)
        for hole in holes(whole, usual_week(whole), whole=None, burst=bursts[None], **limits)
    ]
    for (platform, kind), counts in slices.items():
        parent = _parent(platform, kind, slices)
        if parent is not None:
            burst = bursts[platform] if kind is None else 1.0
            its = holes(counts, usual_share(counts, parent), whole=parent, burst=burst, **limits)
            every += [
                ((platform, kind), hole)
                for hole in its
                if others_went_on(slices, platform, kind, hole)
            ]
    found = _told_once(every)
    few = (
        "coverage: too few weeks to know a usual one, so holes of the whole log were not looked for"
    )
    not_checked = (few,) if len(whole) < 3 * WEEK and findings.n_left >= of.min_batch_rows else ()
    if not found:
        return CheckResult(not_checked=not_checked)
    rows = _pointed(findings, found, slices, first_hour)
    return CheckResult(
        selects=["SELECT * FROM holes"],
        inputs={"holes": pa.Table.from_pylist(rows, schema=_FOUND)},
        not_checked=not_checked,
    )


def find_drift(findings: FindingsStore, settings: CoverageRules, context: CheckContext) -> CheckResult:
    """Columns of the new rows that are not spread as in the last accepted batch."""
    before = AcceptedBatches.load(context.out / "profile.json")
    rows, why, now = drifted(findings, settings, before)
    if now is not None:
        now.save(findings.work / "profile.json")
    selects = ["SELECT * FROM drifts"] if rows else []
    inputs = {"drifts": pa.Table.from_pylist(rows, schema=_FOUND)} if rows else {}
    return CheckResult(selects=selects, inputs=inputs, not_checked=why)


def _bursts(findings: FindingsStore) -> dict[str | None, float]:
    """How many events a visitor makes within an hour, seen from an event; by platform, None: on all.

    Every seventeenth hour is looked at: they go round the clock and the week.
    """
    rows = findings.tables.sql(
        _BURSTS(rows=findings.rows("visitor_id", "platform", "occurred_at_us"), hour_us=HOUR_US),
        out=None,
        **findings.inputs(),
    ).to_pylist()
    return defaultdict(lambda: 1.0, {r["platform"]: r["burst"] or 1.0 for r in rows})


def _slices(hourly: pa.Table) -> tuple[dict[Slice, Counts], int]:
    """Hourly counts of the whole (None, None), then platforms, types, and types on platforms; and
    the hour they start at. Rows without a platform belong to the whole only."""
    hours = hourly["hour"].to_numpy()
    first = int(hours.min())
    n = int(hours.max()) - first + 1
    weights = hourly["n"].to_numpy().astype(np.float64)
    platforms = np.array(hourly["platform"].to_pylist(), dtype=object)
    kinds = np.array(hourly["event_type"].to_pylist(), dtype=object)
    names: list[Any] = sorted({p for p in platforms if p is not None})
    wanted: list[tuple[Any, Any]] = [(None, None), *((p, None) for p in names)]
    wanted += [(None, k) for k in sorted(set(kinds))]
    wanted += [(p, k) for p in names if len(names) > 1 for k in sorted(set(kinds))]
    slices: dict[Slice, Counts] = {}
    for platform, kind in wanted:
        is_in = np.ones(len(hours), bool)
        if platform is not None:
            is_in &= platforms == platform
        if kind is not None:
            is_in &= kinds == kind
        if is_in.any():
            slices[platform, kind] = np.bincount(hours[is_in] - first, weights[is_in], n).astype(
                np.float64
            )
    return slices, first


def _parent(platform: str | None, kind: str | None, slices: dict[Slice, Counts]) -> Counts | None:
    """What a slice is held against; None where it is (nearly) all there is."""
    if platform is None and kind is None:
        return None
    parent = slices[(platform, None) if platform is not None and kind is not None else (None, None)]
    return None if slices[platform, kind].sum() > 0.95 * parent.sum() else parent


def others_went_on(
    slices: dict[Slice, Counts], platform: str | None, kind: str | None, hole: Gap
) -> bool:
    """Whether most other types came as usual while this one was silent. Where one other type is all that
    came (a burst of ad impressions in a quiet night), the log was quiet and lost nothing."""
    if kind is None:
        return True
    parent = slices[platform, None]
    others = {k: c for (p, k), c in slices.items() if p == platform and k not in (None, kind)}
    usual = [c for c in others.values() if c.sum() >= _USUAL_TYPE * parent.sum()]
    came, run = sum(c.sum() for c in others.values()), slice(hole.start, hole.end)
    share = float(parent[run].sum()) / max(float(came), 1.0)
    n_on = sum(float(c[run].sum()) >= 0.2 * share * float(c.sum()) for c in usual)
    return 2 * n_on >= len(usual)


def _told_once(every: list[tuple[Slice, Gap]]) -> list[tuple[Slice, Gap]]:
    """A type that is lost everywhere is also lost on each platform, and one that is lost on the
    largest looks lost everywhere for a while: of holes that overlap the clearest is told."""
    kept: list[tuple[Slice, Gap]] = []
    for (platform, kind), hole in sorted(every, key=lambda h: (-h[1].sigmas, str(h[0]))):
        related = (
            other
            for (p, k), other in kept
            if (None in (p, platform) or p == platform) and (None in (k, kind) or k == kind)
        )
        if not any(hole.start < other.end and other.start < hole.end for other in related):
            kept.append(((platform, kind), hole))
    return kept


def _pointed(
    findings: FindingsStore,
    found: list[tuple[Slice, Gap]],
    slices: dict[Slice, Counts],
    first_hour: int,
) -> list[dict[str, Any]]:
    """Each hole as a finding: its last row before the longest silence in it, and its edges to the second."""
    asked, n_hours = [], len(slices[None, None])
    for n, ((platform, kind), hole) in enumerate(found):
        busy = np.flatnonzero(slices[platform, kind])
        hours = [
            *busy[busy < hole.start][-1:],
            *range(hole.start, hole.end),
            *busy[busy >= hole.end][:1],
        ]
        tail_us = None if busy[-1] >= hole.end else (first_hour + n_hours) * HOUR_US
        asked += [
            {
                "hole": n,
                "platform": platform,
                "kind": kind,
                "hour": int(h) + first_hour,
                "tail_us": tail_us,
            }
            for h in hours
        ]
    schema = pa.schema(
        [
            ("hole", pa.int64()),
            ("platform", pa.string()),
            ("kind", pa.string()),
            ("hour", pa.int64()),
            ("tail_us", pa.int64()),
        ]
    )
    silences = findings.tables.sql(
        _POINTED(rows=findings.rows("occurred_at_us", "platform", "event_type"), hour_us=HOUR_US),
        out=None,
        asked=pa.Table.from_pylist(asked, schema=schema),
        **findings.inputs(),
    ).to_pylist()
    rows = []
    for silence in silences:
        (platform, kind), hole = found[silence["hole"]]
        is_whole = platform is None and kind is None
        detail = {
            "platform": platform,
            "event_type": kind,
            "from": _told(silence["from_us"]),
            "until": None if silence["next_us"] is None else _told(silence["next_us"]),
            "expected": round(hole.expected),
            "seen": round(hole.seen),
        }
        rows.append(
            {
                "import_id": silence["import_id"],
                "line": silence["line"],
                "rule": "hole_in_log" if is_whole else "hole_in_slice",
                "action": "note",
                "field": None,
                "new": None,
                "detail": json.dumps(detail, ensure_ascii=False),
            }
        )
    return rows


def _told(at_us: int) -> str:
    return datetime.fromtimestamp(at_us // 1_000_000, UTC).isoformat()


STEP = Step(
    name="coverage",
    settings=CoverageRules,
    checks=CHECKS,
    detectors=(find_holes, find_drift),
    is_whole=True,
)
