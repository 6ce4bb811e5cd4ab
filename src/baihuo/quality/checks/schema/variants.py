"""Prices of variants that cannot be true. One costs that value: the variant is then sold at its product's price."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa

from baihuo.engine import Source
from baihuo.quality.findings import FINDING_COLUMNS, FindingsStore, n_rows

_MOST_BYTES = 20_000  # of the cell in a finding
_WHY = "no variant is sold at this price; it is withheld until somebody sets it"
_FINDING = pa.schema(
    [("import_id", pa.int32()), ("line", pa.int64())]
    + [(name, pa.string()) for name in ("rule", "action", "field", "new", "detail")]
)


def bad_variant_prices(findings: FindingsStore, most: int) -> tuple[list[str], dict[str, Source]]:
    """Selects of findings, with their inputs: prices below zero or too large, and an empty price."""
    if "variants" in findings.empty:
        return [], {}
    rows, found = (findings.work / f"bad_variant_{part}.parquet" for part in ("rows", "prices"))
    findings.tables.sql(
        "SELECT import_id, line, price_minor, variants FROM (SELECT *, TRY_CAST(json_extract_string(variants, "
        f"'$[*].price_minor') AS BIGINT[]) AS prices FROM {findings.rows('price_minor', 'variants')} "
        "WHERE contains(variants, 'price_minor') AND json_valid(variants) AND left(variants, 1) = '[') "
        f"WHERE list_min(prices) <= 0 OR list_max(prices) > {most}",
        out=rows,
        **findings.inputs(),
    )
    if not n_rows(rows):
        return [], {}
    findings.tables.map_arrow(
        lambda batch: pa.RecordBatch.from_pylist(
            [finding for row in batch.to_pylist() if (finding := _withheld(row, most))],
            schema=_FINDING,
        ),
        rows,
        out=found,
    )
    return [f"SELECT {FINDING_COLUMNS} FROM bad_variant_prices"], {"bad_variant_prices": found}


def _withheld(row: dict[str, Any], most: int) -> dict[str, Any] | None:
    """The finding that blanks a row's impossible prices; None where it has none."""
    variants = json.loads(row["variants"])
    if not all(isinstance(v, dict) for v in variants):
        return None
    prices = [p if type(p := v.get("price_minor")) is int else None for v in variants]
    has_price = any((p or 0) > 0 for p in (row["price_minor"], *prices))
    bad = [
        i
        for i, p in enumerate(prices)
        if p is not None and (p < 0 or p > most or (p == 0 and has_price))
    ]
    if not bad:
        return None
    named = [{"variant": str(variants[i].get("variant_id"))[:100], "old": prices[i]} for i in bad]
    for i in bad:
        variants[i]["price_minor"] = None
    new = json.dumps(variants, ensure_ascii=False)
    old = row["variants"][:_MOST_BYTES]
    detail = {"field": "variants", "old": old, "new": new[:_MOST_BYTES], "prices": named[:5]}
    return {
        "import_id": row["import_id"],
        "line": row["line"],
        "rule": "bad_listing_price",
        "action": "repair",
        "field": "variants",
        "new": new,
        "detail": json.dumps(detail | {"why": _WHY}, ensure_ascii=False),
    }
