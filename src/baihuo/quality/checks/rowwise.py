"""Checks of one row alone: all of a step's predicates in one pass over the columns they name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from baihuo.quality.findings import SCHEMAS, FindingsStore
from baihuo.quality.spec import Check


def rowwise(checks: Sequence[Check], findings: FindingsStore, settings: Mapping[str, str]) -> str:
    """SQL of findings: one scan keeps the rows that any predicate flags, then each check names its own.

    A check of several fields stands in ``checks`` once for each, with the predicate of that field.
    """
    predicates = [(c.predicate or "false").format_map(settings) for c in checks]
    used = {"event_type"}
    for c in checks:
        used |= _identifiers(f"{c.predicate} {c.field} {c.replacement}")
    columns = [name for name in SCHEMAS[findings.table].names if name in used]
    flags = ", ".join(f"({predicate}) AS flag_{n}" for n, predicate in enumerate(predicates))
    any_flag = " OR ".join(f"flag_{n}" for n in range(len(checks)))
    selects = " UNION ALL ".join(
        _select(c, f"flag_{n}", c.replacement.format_map(settings)) for n, c in enumerate(checks)
    )
    flagged = f"SELECT * FROM (SELECT *, {flags} FROM {findings.rows(*columns)}) WHERE {any_flag}"
    return f"WITH flagged AS MATERIALIZED ({flagged}) {selects}"


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
