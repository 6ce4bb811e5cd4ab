"""What a spreadsheet does to a web team's export."""

from __future__ import annotations

import random
from typing import Any

from baihuo.exam.independent.dirt.fourth.common import LEFT, cell, kind
from baihuo.exam.independent.dirt.second.common import (
    AT,
    FIXED,
    OUT,
    READ_OR_FIXED,
    again,
    of,
)
from baihuo.exam.independent.kinds import Bed, Kind

cell(
    "price_with_thousands_comma",
    "a price with a comma after its thousands",
    "price",
    lambda rng, v: f"{float(v):,.2f}",
    is_fit=lambda v: v["event_type"] in ("add_to_cart", "purchase") and float(v["price"]) >= 1000,
    actions=READ_OR_FIXED,
)


cell(
    "time_in_scientific_notation",
    "a time of which a sheet kept six digits",
    AT,
    lambda rng, v: f"{v:.5E}",
    is_fit=of("click"),
    actions=LEFT,
)


def serial(rng: random.Random, value: int) -> str:
    return f"{value / 1e6 / 86400 + 25569:.5f}"


cell(
    "time_as_excel_serial",
    "the days since 1900 as a time",
    AT,
    serial,
    is_fit=of("click"),
    actions=READ_OR_FIXED,
)


@kind(
    "columns_shifted_by_one",
    "a comma in the search that nobody quoted: each later cell one column to the right",
    actions=FIXED,
)
def columns_shifted_by_one(bed: Bed, own: Kind) -> None:
    is_click = of("click")
    for row in bed.take(
        own.table, own.cases, lambda v: is_click(v) and len(v.get("query_text") or "") > 3
    ):
        names = list(row.values)
        after = names[names.index("query_text") :]
        text = row.values["query_text"]
        moved = [text[:2], text[2:], *(row.values[name] for name in after[1:])]
        row.values |= dict(zip(after, moved, strict=False))
        bed.case(own, [row])


@kind("header_again", "the names of the columns as a row: files joined", actions=OUT)
def header_again(bed: Bed, own: Kind) -> None:
    for row in bed.take(own.table, own.cases, of("impression")):
        added = again(bed, row, 0)
        added.values = {name: name for name in added.values}
        bed.case(own, [added], related=(row.key,))


@kind("subtotal_rows", "a sheet's sums as rows", actions=OUT)
def subtotal_rows(bed: Bed, own: Kind) -> None:
    gone: dict[str, Any] = dict.fromkeys(
        ["product_id", "variant_id", "session_id", "device", "platform", "country", "language"]
    )
    for row in bed.take(own.table, own.cases, of("add_to_cart")):
        sums = {
            "visitor_id": bed.rng.choice(["合计", "Total", "小计", "Subtotal"]),
            "quantity": bed.rng.randrange(40, 300),
            "price": f"{bed.rng.randrange(10**6, 10**7) / 100:.2f}",
        }
        bed.case(own, [again(bed, row, 0, **gone, **sums)], related=(row.key,))


@kind("formula_error", "a cell that says that its formula failed", actions=FIXED)
def formula_error(bed: Bed, own: Kind) -> None:
    for row in bed.take(own.table, own.cases, of("click", "add_to_cart")):
        fit = [k for k in ("price", "position", "product_id") if row.values.get(k) is not None]
        column = bed.rng.choice(fit)
        clean = row.values[column]
        row.values[column] = bed.rng.choice(["#REF!", "#N/A", "#VALUE!", "#DIV/0!"])
        bed.case(own, [row], field=column, clean=clean)
