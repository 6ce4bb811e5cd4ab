"""Findings of this step: a row of the log that a gap or a changed batch is reported at."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa

NOTES = pa.schema(
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


def note(rule: str, row: dict[str, Any], detail: dict[str, Any]) -> dict[str, Any]:
    """A row of :data:`NOTES` about ``row``, which has ``import_id`` and ``line``."""
    return {
        "import_id": row["import_id"],
        "line": row["line"],
        "rule": rule,
        "action": "note",
        "field": None,
        "new": None,
        "detail": json.dumps(detail, ensure_ascii=False),
    }
