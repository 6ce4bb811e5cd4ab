"""Rows of visitors who asked to be forgotten: taken out first, and counted as erased."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pyarrow as pa

from baihuo.engine import Source
from baihuo.quality.counts import StepCount
from baihuo.quality.findings import FindingsStore
from baihuo.quality.limits import Limits
from baihuo.quality.spec import Check, CheckContext, CheckResult, Step

CHECKS = (
    Check(
        name="erased",
        step="erasure",
        on="events",
        action="erase",
        why="its visitor asked to be forgotten",
        fix="nothing: this is as it should be",
    ),
)


def erasure_step(visitor_ids: Sequence[str]) -> Step[Limits]:
    """The step that takes out all rows of these visitors, values and all."""
    erased = pa.table({"visitor_id": pa.array(sorted(set(visitor_ids)), pa.string())})
    return Step(
        name="erasure", settings=Limits, checks=CHECKS, detectors=(partial(_detect, erased),)
    )


def removed_counts(n_in: int, removed: Sequence[tuple[str, int]]) -> tuple[StepCount, ...]:
    """One count for each reason why events are in no file any more, before the steps over those that are.

    Args:
        n_in: the events that are there.
        removed: "erased earlier" or "older than they are kept", and how many events.
    """
    left = n_in + sum(n for _, n in removed)
    counts = []
    for step, n in removed:
        counts.append(StepCount(step, "events", left, left - n, 0, 0, 0, n))
        left -= n
    return tuple(counts)


def _detect(
    erased: Source, findings: FindingsStore, settings: Limits, context: CheckContext
) -> CheckResult:
    select = (
        "SELECT import_id, line, 'erased' AS rule, 'erase' AS action, NULL::VARCHAR AS field, "
        f"NULL::VARCHAR AS new, NULL::VARCHAR AS detail FROM {findings.rows('visitor_id')} "
        "SEMI JOIN erased USING (visitor_id)"
    )
    return CheckResult(selects=[select], inputs={"erased": erased})
