"""Prices of variants, which all stand in one cell of their product: rows to judge, and the cell with one price changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import pyarrow as pa

from baihuo.engine import Source
from baihuo.quality.findings import FINDING_COLUMNS, FindingsStore, n_rows

_MOST_BYTES = 20_000  # of the old cell in a finding
_FINDING = pa.schema(
    [("import_id", pa.int32()), ("line", pa.int64())]
    + [(name, pa.string()) for name in ("rule", "action", "field", "new", "detail")]
)
Variant: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Judged:
    """Findings about the variants of one product; ``prices`` are new ones by their place in the cell."""

    rule: str
    action: str
    prices: Mapping[int, int | None]
    why: str


Judge: TypeAlias = Callable[[list[Variant], int | None], Iterable[Judged]]
"""Variants as they stand in the cell, and the listing's price, in the smallest unit of its currency."""


def judged_variants(
    findings: FindingsStore, name: str, *, predicate: str, judge: Judge
) -> tuple[list[str], dict[str, Source]]:
    """Selects of findings, with their inputs; none where no row has a variant that ``predicate`` flags.

    Args:
        name: of the files that are written.
        predicate: SQL over ``prices`` (a list of the variants' prices, some null) and ``price_minor``.
    """
    if "variants" in findings.empty:
        return [], {}
    rows, found = (findings.work / f"{name}_{part}.parquet" for part in ("rows", "found"))
    findings.tables.sql(
        "SELECT import_id, line, price_minor, variants FROM (SELECT *, TRY_CAST(json_extract_string(variants, "
        f"'$[*].price_minor') AS BIGINT[]) AS prices FROM {findings.rows('price_minor', 'variants')} "
        "WHERE contains(variants, 'price_minor') AND json_valid(variants) AND left(variants, 1) = '[') "
        f"WHERE {predicate}",
        out=rows,
        **findings.inputs(),
    )
    if not n_rows(rows):
        return [], {}
    findings.tables.map_arrow(lambda batch: _judged(batch, judge), rows, out=found)
    return [f"SELECT {FINDING_COLUMNS} FROM {name}"], {name: found}


def _judged(batch: pa.RecordBatch, judge: Judge) -> pa.RecordBatch:
    found = []
    for row in batch.to_pylist():
        variants = json.loads(row["variants"])
        if not all(isinstance(v, dict) for v in variants):
            continue
        for judged in judge(variants, row["price_minor"]):
            detail: dict[str, Any] = {"field": "variants"}
            new = None
            if judged.action == "repair":
                changed = [
                    {**v, "price_minor": judged.prices[i]} if i in judged.prices else v
                    for i, v in enumerate(variants)
                ]
                new = json.dumps(changed, ensure_ascii=False)
                detail |= {"old": row["variants"][:_MOST_BYTES], "new": new[:_MOST_BYTES]}
            detail["prices"] = [
                {
                    "variant": str(variants[i].get("variant_id"))[:100],
                    "old": old(variants[i]),
                    "new": price,
                }
                for i, price in list(judged.prices.items())[:5]
            ]
            detail["why"] = judged.why
            found.append(
                {
                    "import_id": row["import_id"],
                    "line": row["line"],
                    "rule": judged.rule,
                    "action": judged.action,
                    "field": "variants" if new is not None else None,
                    "new": new,
                    "detail": json.dumps(detail, ensure_ascii=False),
                }
            )
    return pa.RecordBatch.from_pylist(found, schema=_FINDING)


def old(variant: Variant) -> int | None:
    """The price of a variant as it stands, in the smallest unit."""
    price = variant.get("price_minor")
    return price if isinstance(price, int) and not isinstance(price, bool) else None
