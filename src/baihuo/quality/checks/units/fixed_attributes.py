"""All fixes of a product in one new cell of attributes, and a finding for each."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa

FINDINGS = pa.schema(
    [
        pa.field("import_id", pa.int32()),
        pa.field("line", pa.int64()),
        pa.field("rule", pa.string()),
        pa.field("action", pa.string()),
        pa.field("field", pa.string()),
        pa.field("new", pa.string()),
        pa.field("detail", pa.string()),
    ]
)


def apply_fixes(batch: pa.RecordBatch) -> pa.RecordBatch:
    """:data:`FINDINGS` of products with ``attributes`` and ``fixes`` (``fixes_by_product.sql``)."""
    rows: list[dict[str, Any]] = []
    for product in batch.to_pylist():
        new = _fixed_attributes(product["attributes"], product["fixes"])
        for fix in product["fixes"]:
            is_note = fix["new"] is None
            detail = {"field": "attributes", "attribute": fix["key"], "old": fix["text"]}
            if not is_note:
                detail["new"] = str(json.loads(fix["new"]))
            detail["why"] = fix["why"]
            rows.append(
                {
                    "import_id": product["import_id"],
                    "line": product["line"],
                    "rule": fix["rule"],
                    "action": "note" if is_note else "repair",
                    "field": None if is_note else "attributes",
                    "new": None if is_note else new,
                    "detail": json.dumps(detail, ensure_ascii=False),
                }
            )
    return pa.RecordBatch.from_pylist(rows, schema=FINDINGS)


def _fixed_attributes(text: str, fixes: list[dict[str, Any]]) -> str:
    """The JSON with the first fix of each attribute, with or without spaces as it was."""
    attributes = json.loads(text)
    fixed: set[str] = set()
    for fix in fixes:
        if fix["new"] is not None and fix["key"] not in fixed:
            fixed.add(fix["key"])
            attributes[fix["key"]] = json.loads(fix["new"])
    separators = None if '": ' in text else (",", ":")
    return json.dumps(attributes, ensure_ascii=False, separators=separators)
