"""Drift: columns of the newest batch that are distributed otherwise than in the last accepted one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from baihuo.quality.checks.coverage.accepted_batches import AcceptedBatches, Batch
from baihuo.quality.checks.coverage.notes import NOTES, note
from baihuo.quality.checks.coverage.profile import (
    ColumnDrift,
    column_counts,
    column_drifts,
    compact,
)
from baihuo.quality.findings import FindingsStore
from baihuo.quality.spec import CheckContext, CheckResult

if TYPE_CHECKING:
    from baihuo.quality.checks.coverage.settings import CoverageRules

_DAY_US = 86_400_000_000
_COLUMNS = tuple(
    "event_type visitor_id occurred_at_us received_at_us platform device country surface currency "
    "position price_minor quantity dwell_ms rating".split()
)
# a fixed pseudo-random share of the rows, whatever the order they are read in
_ROW_HASH = "(xor(row_key, row_key >> 15) * 739982445) % 4294967296"
_ROW_KEY = "(line * 2654435761 + cast(import_id AS BIGINT) * 40503) % 4294967296"


def find_drift(
    findings: FindingsStore, settings: CoverageRules, context: CheckContext
) -> CheckResult:
    """Notes about the columns that drifted; the batch's profile is written to the work folder."""
    accepted = AcceptedBatches.load(context.out / "profile.json")
    notes, not_checked, newly_accepted = compare_batches(findings, settings, accepted)
    if newly_accepted is not None:
        newly_accepted.save(findings.work / "profile.json")
    selects = ["SELECT * FROM drifts"] if notes else []
    inputs = {"drifts": pa.Table.from_pylist(notes, schema=NOTES)} if notes else {}
    return CheckResult(selects=selects, inputs=inputs, not_checked=not_checked)


def compare_batches(
    findings: FindingsStore, settings: CoverageRules, accepted: AcceptedBatches | None
) -> tuple[list[dict[str, Any]], tuple[str, ...], AcceptedBatches | None]:
    """Notes about the newest batch, what could not be compared and why, and what to keep.

    The newest batch is what we received after the last accepted one; where nothing is newer, that
    batch itself, again.
    """
    everything = _received(findings, None)
    until_us = everything["until_us"]
    if until_us is None:
        return [], (), accepted
    reference = None
    if accepted is not None:
        reference = accepted.last if until_us > accepted.last["until_us"] else accepted.before
    if reference is not None and until_us <= reference["until_us"]:
        reference = None  # the log is older than both batches
    received = _received(findings, reference["until_us"]) if reference else everything
    days = (received["until_us"] - received["from_us"]) / _DAY_US
    is_enough = received["n"] >= settings.min_batch_rows and days >= settings.min_batch_days
    if reference is not None and not is_enough:
        why = f"drift: {received['n']:,} events of {days:.1f} days are new since the last accepted batch, too few to compare"
        return [], (why,), accepted
    if reference is None and not is_enough:
        return [], (), None  # nothing to compare with, and too few to keep
    after_us = reference["until_us"] if reference else None
    batch, columns = _batch(findings, settings, received, after_us)
    if reference is None:
        return [], (), AcceptedBatches(batch)
    notes = []
    for drift in column_drifts(reference, columns, reference["visitors"], batch["visitors"]):
        rule = _rule(drift, settings)
        if rule is not None:
            detail = {"column": drift.column, "psi": round(drift.psi, 4)}
            notes.append(note(rule, received["first"], detail))
    return notes, (), AcceptedBatches(batch, reference)


def _rule(drift: ColumnDrift, settings: CoverageRules) -> str | None:
    """The check that reports a column's drift; None where it is below the thresholds or within chance."""
    for rule, psi in (("strong_drift", settings.psi_strong), ("drift", settings.psi_note)):
        if drift.psi >= max(psi, drift.psi_noise):
            return rule
    return None


def _received(findings: FindingsStore, after_us: int | None) -> dict[str, Any]:
    """How many rows we received after a time: ``n``, ``from_us``, ``until_us`` and the ``first`` row."""
    newer = "" if after_us is None else f"WHERE received_at_us > {after_us}"
    received: dict[str, Any] = findings.tables.sql(
        "SELECT count(*) AS n, min(received_at_us) AS from_us, max(received_at_us) AS until_us, "
        "min(struct_pack(received_at_us := received_at_us, import_id := import_id, line := line)) AS first "
        f"FROM {findings.rows('received_at_us')} {newer}",
        out=None,
        **findings.inputs(),
    ).to_pylist()[0]
    return received


def _batch(
    findings: FindingsStore, settings: CoverageRules, received: dict[str, Any], after_us: int | None
) -> tuple[Batch, dict[str, Any]]:
    """The batch as it is kept, and the counts of its columns."""
    share = min(1.0, settings.sample_rows / max(received["n"], 1))
    newer = "true" if after_us is None else f"received_at_us > {after_us}"
    # in memory: it has a fixed size, and is grouped by each of its columns
    sample = findings.tables.sql(
        f"SELECT * EXCLUDE (row_key), (occurred_at_us // 3600000000) % 24 AS hour "
        f"FROM (SELECT *, {_ROW_KEY} AS row_key FROM {findings.rows(*_COLUMNS)} WHERE {newer}) "
        f"WHERE {_ROW_HASH} < {int(share * 2**32)}",
        out=None,
        **findings.inputs(),
    )
    n_visitors = findings.tables.sql(
        "SELECT count(DISTINCT visitor_id) AS n FROM sample", sample=sample
    )["n"][0].as_py()
    columns = column_counts(findings.tables, sample)
    batch = {
        "from_us": received["from_us"],
        "until_us": received["until_us"],
        "rows": received["n"],
        "visitors": n_visitors,
        **compact(columns),
    }
    return batch, columns
