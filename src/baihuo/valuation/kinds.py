"""Kinds of findings: by check and action, with their rows."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from baihuo.engine import Tables
from baihuo.quality import STEPS_BY_TABLE

EVENT_FIELDS = {
    "event_type": "type",
    "visitor_id": "visitor",
    "product_id": "product",
    "query_id": "query",
    "surface": "surface",
    "position": "position",
    "price_minor": "price",
    "quantity": "quantity",
}
"""Event columns of the models here, with their names in ``rows.sql``."""
PRODUCT_FIELDS = ("title_en", "title_zh", "brand", "category", "price_minor")
"""The same for products."""
_NOT_OF_ROWS = frozenset(
    check.name
    for steps in STEPS_BY_TABLE.values()
    for step in steps
    if step.is_whole
    for check in step.checks
)
_NOT_DIRT = frozenset(
    check.name
    for steps in STEPS_BY_TABLE.values()
    for step in steps
    if not step.is_about_dirt
    for check in step.checks
)


@dataclass(frozen=True, slots=True)
class RowName:
    """Where a row came from."""

    import_id: int
    line: int

    @classmethod
    def of(cls, row_id: str) -> RowName:
        """Parse ``import_id:line``."""
        import_id, _, line = row_id.partition(":")
        return cls(int(import_id), int(line))


@dataclass(frozen=True, slots=True)
class Found:
    """A finding: its row and detail."""

    row: RowName
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """All findings of one check with one action."""

    table: str
    check: str
    action: str  # quarantine, merge, repair, note
    found: tuple[Found, ...]

    @property
    def why_not_measured(self) -> str:
        """Return why no model can measure this kind's cost, or ""."""
        if self.check in _NOT_OF_ROWS:
            return "a finding about a period of the log, not about rows"
        if self.action == "note" and self.table == "products":
            return "a note of a product has no correct value"
        if self.action == "repair":
            read = PRODUCT_FIELDS if self.table == "products" else tuple(EVENT_FIELDS)
            fields = sorted({str(f.detail.get("field")) for f in self.found})
            if not set(fields) & set(read):
                return f"no model here reads {', '.join(fields)}"
        return ""


def read_kinds(tables: Tables, findings: Path) -> list[Kind]:
    """The kinds of a ``findings.parquet``, most rows first; without refused consent and erasures, which are not dirt."""
    rows = tables.sql(
        'SELECT "table", "check", action, row_id, detail FROM findings ORDER BY ALL',
        findings=findings,
    ).to_pylist()
    by_kind: dict[tuple[str, str, str], list[Found]] = defaultdict(list)
    for row in rows:
        if row["check"] not in _NOT_DIRT and row["action"] != "erase":
            found = Found(RowName.of(row["row_id"]), json.loads(row["detail"] or "{}"))
            by_kind[row["table"], row["check"], row["action"]].append(found)
    kinds = [Kind(*name, tuple(found)) for name, found in by_kind.items()]
    return sorted(kinds, key=lambda k: (-len(k.found), k.table, k.check, k.action))
