"""A second fault in a row that has one already, each in a cell of its own.

These go last. A row gets a second fault only where the first one names its cells, and only in another cell; a
fault also names the cells that it needs to be seen by (the product, the price).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from baihuo.faults.dataset import Dataset, Row, Table
from baihuo.faults.fault import Fault
from baihuo.faults.selection import EVENTS, PRODUCTS, Selection, filled, of_type


def _again(
    table: Table,
    check: str,
    field: str,
    value: Callable[[Dataset, Row], Any],
    rows: Selection | None = None,
    *,
    also: Iterable[str] = (),
) -> Fault:
    """A wrong value in one cell, in a sixth as many rows as one fault alone gets."""
    rows = rows or (EVENTS if table == "events" else PRODUCTS)

    def fits(dataset: Dataset, row: Row) -> bool:
        used = dataset.cells.get(id(row), set())
        return bool(used) and not used & {"*", field} and rows.fits(row)

    def apply(dataset: Dataset, n: int) -> None:
        for row in dataset.pick(table, -(-n // 6), lambda r: fits(dataset, r)):
            row[field] = value(dataset, row)
            dataset.label(table, row, check, also=also, cells=(field,))

    needs = f"{rows.name} that have another fault already"
    return Fault(f"{check} as well: {field}", (check,), True, apply, needs=needs, is_second=True)


def _hidden(field: str) -> Callable[[Dataset, Row], str]:
    def spoil(dataset: Dataset, row: Row) -> str:
        text = row[field]
        at = dataset.rng.randrange(1, max(2, len(text)))
        return (
            f"{text[:at]}{dataset.rng.choice(chr(0x200B) + chr(0x2060) + chr(0x00AD))}{text[at:]}"
        )

    return spoil


FAULTS: tuple[Fault, ...] = (
    _again(
        "events",
        "bad_propensity",
        "propensity",
        lambda d, r: d.rng.choice((0.0, -0.5, 7.0)),
        filled("propensity"),
    ),
    _again(
        "events",
        "bad_position",
        "position",
        lambda d, r: d.rng.choice((-3, 99_999)),
        of_type("impression"),
    ),
    _again(
        "events",
        "bad_currency",
        "currency",
        lambda d, r: d.rng.choice(("cny", "¥", "元")),
        filled("currency"),
        also=("currency_against_listing",),  # CNY is read, in a shop of pounds
    ),
    _again(
        "events",
        "bad_price",
        "price_minor",
        lambda d, r: d.rng.choice((-5, 10**13)),
        filled("price_minor"),
    ),
    _again("events", "no_visitor", "visitor_id", lambda d, r: d.rng.choice(("", " ", "\u3000"))),
    _again("events", "too_old", "occurred_at_us", lambda d, r: d.rng.choice((0, 10**12))),
    _again(
        "products",
        "bad_listing_currency",
        "currency",
        lambda d, r: d.rng.choice(("usd", "€")),
        also=("listing_price_outlier", "likely_duplicate"),  # USD is read, in a shop of yuan
    ),
    _again(
        "products",
        "bad_listing_price",
        "price_minor",
        lambda d, r: d.rng.choice((-7, 10**14)),
        also=("likely_duplicate",),  # a price may be all that tells two listings of one title apart
    ),
    _again("products", "bad_stock", "stock_units", lambda d, r: -d.rng.randint(1, 99)),
    _again(
        "products",
        "updated_in_the_future",
        "updated_at_us",
        lambda d, r: 4_000_000_000_000_000,
    ),
    _again(
        "products",
        "markup",
        "description_en",
        lambda d, r: f"<p>{r['description_en']}</p>",
        filled("description_en"),
    ),
    _again(
        "products",
        "markup",
        "description_zh",
        lambda d, r: f"<div>{r['description_zh']}<br/></div>",
        filled("description_zh"),
    ),
    _again("products", "hidden_characters", "title_en", _hidden("title_en"), filled("title_en")),
    _again("products", "hidden_characters", "title_zh", _hidden("title_zh"), filled("title_zh")),
)
