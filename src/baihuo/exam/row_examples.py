"""Rows that a check got wrong, for a person to look at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from baihuo.exam.scoring import Scorer
from baihuo.exam.workspace import Finding, Location, Workspace


def row_example(
    check: str, location: Location, scorer: Scorer, copy: Workspace, findings: Sequence[Finding]
) -> dict[str, Any]:
    """One row for a person to look at: its cells, its faults, what was found and why."""
    table, line = location
    row = copy.rows[table][line - 1]
    details = [
        finding.detail
        for finding in findings
        if (finding.table, finding.line, finding.check) == (table, line, check)
    ]
    return {
        "row": {name: _short(cell) for name, cell in row.items() if _is_telling(name, cell)},
        "faults": sorted(scorer.truth[location]),
        "found": dict(sorted(scorer.found[location].items())),
        "detail": details[0] if details else {},
    }


def _is_telling(name: str, cell: object) -> bool:
    return name not in ("import_id", "line") and cell not in (None, "", [], "{}", "[]")


def _short(cell: object) -> object:
    return f"{cell[:200]}…" if isinstance(cell, str) and len(cell) > 200 else cell
