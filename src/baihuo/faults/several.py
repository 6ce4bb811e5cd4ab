"""Dirt in rows that are dirty already: several kinds in one row, each in a cell of its own.

These go last. A row is soiled again only where its fault said which of its cells are dirty, and only
in another cell; what the first kind needs to be seen (its product, its price) it has named as well.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from baihuo.faults.dataset import Dataset, Row, Table
from baihuo.faults.fault import Fault


def _again(
    table: Table,
    check: str,
    field: str,
    value: Callable[[Dataset, Row], Any],
    when: Callable[[Row], bool] = lambda row: True,
) -> Fault:
    """A cell put wrong in a sixth as many rows as one kind alone gets."""

    def fits(dataset: Dataset, row: Row) -> bool:
        dirty = dataset.cells.get(id(row), set())
        return bool(dirty) and not dirty & {"*", field} and when(row)

    def apply(dataset: Dataset, n: int) -> None:
        for row in dataset.pick(table, -(-n // 6), lambda r: fits(dataset, r)):
            row[field] = value(dataset, row)
            dataset.label(table, row, check, cells=(field,))

    return Fault(f"{check} as well: {field}", (check,), True, apply)


def _has(field: str) -> Callable[[Row], bool]:
    return lambda row: row.get(field) not in (None, "", [])


def _is(*types: str) -> Callable[[Row], bool]:
    return lambda row: row["event_type"] in types


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
        _has("propensity"),
    ),
    _again(
        "events",
        "bad_position",
        "position",
        lambda d, r: d.rng.choice((-3, 99_999)),
        _is("impression"),
    ),
    _again(
        "events",
        "bad_currency",
        "currency",
        lambda d, r: d.rng.choice(("cny", "¥", "元")),
        _has("currency"),
    ),
    _again(
        "events",
        "bad_price",
        "price_minor",
        lambda d, r: d.rng.choice((-5, 10**13)),
        _has("price_minor"),
    ),
    _again("events", "no_visitor", "visitor_id", lambda d, r: d.rng.choice(("", " ", "\u3000"))),
    _again("events", "too_old", "occurred_at_us", lambda d, r: d.rng.choice((0, 10**12))),
    _again("products", "bad_listing_currency", "currency", lambda d, r: d.rng.choice(("usd", "€"))),
    _again("products", "bad_listing_price", "price_minor", lambda d, r: d.rng.choice((-7, 10**14))),
    _again("products", "bad_stock", "stock_units", lambda d, r: -d.rng.randint(1, 99)),
    _again(
        "products",
        "updated_in_the_future",
        "updated_at_us",
        lambda d, r: 4_000_000_000_000_000,
        lambda r: True,
    ),
    _again(
        "products",
        "markup",
        "description_en",
        lambda d, r: f"<p>{r['description_en']}</p>",
        _has("description_en"),
    ),
    _again(
        "products",
        "markup",
        "description_zh",
        lambda d, r: f"<div>{r['description_zh']}<br/></div>",
        _has("description_zh"),
    ),
    _again("products", "hidden_characters", "title_en", _hidden("title_en"), _has("title_en")),
    _again("products", "hidden_characters", "title_zh", _hidden("title_zh"), _has("title_zh")),
)
