"""A sample of the findings of each check, with the row as it was imported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from baihuo.connect import segments
from baihuo.engine import DuckTables

SAMPLE, EXAMPLES = 40, 3

NAMES = {
    "events": ("order_id", "product_id", "quantity", "price_minor", "event_type", "visitor_id"),
    "products": ("product_id", "title_en", "brand", "category"),
}

Row = dict[str, Any]


def sample(tables: DuckTables, raw: Path, out: Path, files: dict[int, str]) -> dict[str, list[Row]]:
    """Up to ``SAMPLE`` findings of each check and action, with the row as it came, in the order of the draw."""
    found: dict[str, list[Row]] = {}
    for table, names in NAMES.items():
        if not (source := segments(raw, "products" if table == "products" else "events")):
            continue
        listed = ", ".join(f"raw.{n}" for n in names)
        rows = tables.sql(
            f"""
            SELECT f.import_id, f.line, "check", action, detail, {listed} FROM (
                SELECT "check", action, detail, CAST(split_part(row_id, ':', 1) AS INTEGER) AS import_id,
                       CAST(split_part(row_id, ':', 2) AS BIGINT) AS line,
                       row_number() OVER (PARTITION BY "check", action
                           ORDER BY md5("check" || row_id), detail) AS nth
                FROM findings WHERE "table" = '{table}') AS f
            JOIN raw USING (import_id, line) WHERE nth <= {SAMPLE} ORDER BY nth""",
            findings=out / "findings.parquet",
            raw=source,
        )
        for row in rows.to_pylist():
            detail = json.loads(row.pop("detail") or "{}")
            for key in ("kept", "row"):  # another row of the same table
                if isinstance(detail.get(key), str) and detail[key].count(":") == 1:
                    number, line = detail[key].split(":")
                    detail[key] = f"{files[int(number)]}:{line}"
            check, action = row.pop("check"), row.pop("action")
            where = f"{files[row.pop('import_id')]}:{row.pop('line')}"
            key = where + "".join(f" {detail[k]}" for k in ("attribute",) if detail.get(k))
            found.setdefault(f"{table} {check} {action}", []).append(
                {"key": key, "at": where, "detail": detail, **row}
            )
    return found


def show(found: dict[str, list[Row]], checks: set[str]) -> None:
    """The samples as text to read."""
    for name, rows in found.items():
        if checks and not checks & set(name.split()):
            continue
        print(f"\n== {name}")
        for row in rows:
            print(json.dumps(row, ensure_ascii=False))
