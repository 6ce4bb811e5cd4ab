"""Checks of one row alone: all of a step's predicates in one pass over the columns they name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import pyarrow.compute as pc
import pyarrow.parquet as pq

from baihuo.engine import Source
from baihuo.quality.findings import SCHEMAS, FindingsStore, n_rows
from baihuo.quality.spec import Check


def rowwise(
    checks: Sequence[Check], findings: FindingsStore, settings: Mapping[str, str]
) -> tuple[list[str], dict[str, Source]]:
    """SQL of findings, and its inputs: one scan keeps the rows that any predicate flags, then each check that flagged some names its own.

    A check of several fields stands in ``checks`` once for each, with the predicate of that field.
    """
    predicates = [(c.predicate or "false").format_map(settings) for c in checks]
    used = {"event_type"}
    for c in checks:
        used |= _identifiers(f"{c.predicate} {c.field} {c.replacement}")
    columns = [name for name in SCHEMAS[findings.table].names if name in used]
    flags = ", ".join(f"({predicate}) AS flag_{n}" for n, predicate in enumerate(predicates))
    # not OR, which looks at the rows that the predicate before left, cell by cell; alone, each looks at a value once where few are in a column
    flagged_by = ", ".join(f"CASE WHEN flag_{n} THEN 1 ELSE 0 END" for n in range(len(checks)))
    flagged = findings.work / f"{findings.next_round('flagged')}.parquet"
    findings.tables.sql(
        f"SELECT * FROM (SELECT *, {flags} FROM {findings.rows(*columns)}) WHERE greatest(0, {flagged_by}) > 0",
        out=flagged,
        **findings.inputs(),
    )
    if not n_rows(flagged):
        return [], {}
    # to plan a SELECT for each of some thirty checks takes longer than to find out which have a row
    has_row = pq.read_table(flagged, columns=[f"flag_{n}" for n in range(len(checks))])
    selects = [
        _select(c, f"flag_{n}", c.replacement.format_map(settings))
        for n, c in enumerate(checks)
        if pc.any(has_row[n]).as_py()
    ]
    return selects, {"flagged": flagged}


def _select(check: Check, predicate: str, replacement: str) -> str:
    action = f"'{check.action}'"
    if check.fatal_for:
        fatal = ", ".join(f"'{name}'" for name in check.fatal_for)
        action = f"CASE WHEN event_type IN ({fatal}) THEN 'quarantine' ELSE '{check.action}' END"
    if check.field is None:
        return (
            f"SELECT import_id, line, '{check.name}' AS rule, {action} AS action, "
            f"CAST(NULL AS VARCHAR) AS field, CAST(NULL AS VARCHAR) AS new, "
            f"CAST(NULL AS VARCHAR) AS detail FROM flagged WHERE {predicate}"
        )
    new = f"CAST({replacement} AS VARCHAR)"
    old = f"field := '{check.field}', old := left(CAST({check.field} AS VARCHAR), 200)"
    detail = f"to_json(struct_pack({old}))"
    if check.action == "repair":
        detail = f"CASE {action} WHEN 'repair' THEN to_json(struct_pack({old}, new := {new})) ELSE {detail} END"
    return (
        f"SELECT import_id, line, '{check.name}' AS rule, {action} AS action, '{check.field}' AS field, "
        f"{new} AS new, CAST({detail} AS VARCHAR) AS detail FROM flagged WHERE {predicate}"
    )


def _identifiers(sql: str) -> set[str]:
    return set(re.findall(r"[a-z_]+", sql))
