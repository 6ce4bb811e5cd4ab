"""Checks of one row alone: all of a step's rules in one pass over the columns they name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from baihuo.quality.engine.findings import SCHEMAS, FindingsStore
from baihuo.quality.spec import Check


def rowwise(checks: Sequence[Check], ledger: FindingsStore, settings: Mapping[str, str]) -> str:
    """A SELECT of findings. The wide pass keeps suspects only; the rules name their reasons."""
    known = SCHEMAS[ledger.table].names
    bads = {c.name: (c.predicate or "false").format_map(settings) for c in checks}
    used = {w for c in checks for w in _words(f"{c.predicate} {c.field} {c.replacement}")} | {
        "event_type"
    }
    columns = [name for name in known if name in used]
    anything = " OR ".join(f"({bad})" for bad in bads.values())
    found = " UNION ALL ".join(
        _one(c, bads[c.name], c.replacement.format_map(settings)) for c in checks
    )
    return f"WITH suspects AS MATERIALIZED (SELECT * FROM {ledger.rows(*columns)} WHERE {anything}) {found}"


def _one(check: Check, bad: str, mended: str) -> str:
    action = f"'{check.action}'"
    if check.fatal_for:
        fatal = ", ".join(f"'{name}'" for name in check.fatal_for)
        action = f"CASE WHEN event_type IN ({fatal}) THEN 'quarantine' ELSE '{check.action}' END"
    if check.field is None:
        return (
            f"SELECT import_id, line, '{check.name}' AS rule, {action} AS action, "
            f"CAST(NULL AS VARCHAR) AS field, CAST(NULL AS VARCHAR) AS new, "
            f"CAST(NULL AS VARCHAR) AS detail FROM suspects WHERE {bad}"
        )
    new = f"CAST({mended} AS VARCHAR)"
    old = f"field := '{check.field}', old := left(CAST({check.field} AS VARCHAR), 200)"
    detail = f"to_json(struct_pack({old}))"
    if check.action == "repair":
        detail = f"CASE {action} WHEN 'repair' THEN to_json(struct_pack({old}, new := {new})) ELSE {detail} END"
    return (
        f"SELECT import_id, line, '{check.name}' AS rule, {action} AS action, "
        f"'{check.field}' AS field, {new} AS new, CAST({detail} AS VARCHAR) AS detail FROM suspects WHERE {bad}"
    )


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z_]+", text))
