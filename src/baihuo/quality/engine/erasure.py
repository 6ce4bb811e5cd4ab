"""Rows of visitors who asked to be forgotten: taken out first, and counted as what they are."""

from __future__ import annotations

from functools import partial

import pyarrow as pa

from baihuo.engine import Source
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


def step_of(erased: Source) -> Step[Limits]:
    """The step over a table with the column ``visitor_id``: whose rows go, values and all."""
    return Step(name="erasure", settings=Limits, checks=CHECKS, detectors=(partial(_find, erased),))


def _find(
    erased: Source, ledger: FindingsStore, settings: Limits, given: CheckContext
) -> CheckResult:
    select = (
        "SELECT import_id, line, 'erased' AS rule, 'erase' AS action, NULL::VARCHAR AS field, "
        f"NULL::VARCHAR AS new, NULL::VARCHAR AS detail FROM {ledger.rows('visitor_id')} "
        "SEMI JOIN erased USING (visitor_id)"
    )
    return CheckResult(selects=[select], inputs={"erased": erased})


def of_visitors(visitor_ids: list[str]) -> pa.Table:
    """A list of visitors as the table that :func:`step_of` takes."""
    return pa.table({"visitor_id": pa.array(sorted(set(visitor_ids)), pa.string())})
