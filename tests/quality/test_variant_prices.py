"""A variant's price is judged by its sisters and its listing, and never costs more than that value."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from baihuo.core import Product, Variant

pytestmark = pytest.mark.checks("variant_against_product", "bad_listing_price")


def shoes(n: int = 30, **first: Any) -> list[Product]:
    """Shoes in three sizes of one price each; the first is changed."""
    made = [
        Product(
            product_id=f"s{i}",
            title_en=f"Veldon running shoes BG{8000 + 7 * i}",
            price_minor=30_000 + 100 * (i % 30),
            currency="CNY",
            attributes={"Material": "Mesh"},
            variants=variants(f"s{i}", *[30_000 + 100 * (i % 30)] * 3),
        )
        for i in range(n)
    ]
    return [replace(made[0], **first), *made[1:]]


def variants(
    product: str, *prices: int | None, sizes: str = "38 39 40 41 42"
) -> tuple[Variant, ...]:
    return tuple(
        Variant(variant_id=f"{product}-{i}", attributes={"Size": size}, price_minor=price)
        for i, (price, size) in enumerate(zip(prices, sizes.split(), strict=False))
    )


CASES = (
    ((30_000, 30_000, -1), 30_000, "bad_listing_price", [30_000, 30_000, None]),
    ((30_000, 0, 30_000), 30_000, "bad_listing_price", [30_000, None, 30_000]),
    ((0, 0), 30_000, "bad_listing_price", [None, None]),
    ((0, 0), None, None, None),
    ((30_000, 90_000, 30_000), 30_000, None, None),  # a dearer size
    ((30_000, None, 30_000), 30_000, None, None),
    ((30_000, 3_000_000), None, None, None),  # nobody says which
)


def test_one_price_beside_its_sisters(cleaned: Any) -> None:
    made = shoes(20 * len(CASES))
    for n, (prices, listed, *_) in enumerate(CASES):
        shoe = made[20 * n]
        made[20 * n] = replace(
            shoe, price_minor=listed, variants=variants(shoe.product_id, *prices)
        )
    run = cleaned([], made)
    assert run.found() == {
        (f"0:{20 * n + 1}", check, "note" if after is None else "repair")
        for n, (_, _, check, after) in enumerate(CASES)
        if check
    }
    rows = {p["product_id"]: p for p in run.rows("products")}
    for n, (prices, listed, _, after) in enumerate(CASES):
        row = rows[f"s{20 * n}"]
        left = [v["price_minor"] for v in json.loads(row["variants"])]
        assert (left, row["price_minor"]) == (after or list(prices), listed)


def test_where_many_have_equal_variants_attributes_do_not_tell_them_apart(cleaned: Any) -> None:
    made = [
        replace(p, variants=variants(p.product_id, 30_000, 36_000, sizes="38 38")) for p in shoes()
    ]
    assert cleaned([], made).found() == set()
