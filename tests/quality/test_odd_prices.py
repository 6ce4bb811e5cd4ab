"""Prices in the wrong cell, of the next product, in another currency."""

from __future__ import annotations

from typing import Any

import pytest

from baihuo.core import Product

pytestmark = pytest.mark.checks("price_outlier")

GOODS = [
    Product(product_id=f"p{n}", title_en=f"Thing {n}", price_minor=3_010 + 470 * n, currency="CNY")
    for n in range(12)
]


def price_of(n: int) -> int:
    return GOODS[n].price_minor or 0


def found_by(run: Any, check: str) -> set[tuple[str, str]]:
    return {(row, action) for row, name, action in run.found() if name == check}


def seen(event: Any, at: int, n: int, visitor: int, price: int | None = None, **other: Any) -> Any:
    values = {"price_minor": price or price_of(n), "currency": "CNY"} | other
    return event("click", 60 * at, visitor_id=f"v{visitor}", product_id=f"p{n}", **values)


def test_a_price_that_changed_places_with_the_pieces_is_withheld_with_them(
    event: Any, cleaned: Any
) -> None:
    def cart(at: int, price: int, pieces: int) -> Any:
        return event(
            "add_to_cart",
            60 * at,
            visitor_id=f"v{at}",
            product_id="p1",
            price_minor=price,
            currency="CNY",
            quantity=pieces,
        )

    usual = [cart(n, 3_480, 1 + n % 3) for n in range(30)]
    odd = [cart(40, 2, 3_480), cart(41, 200, 35), cart(42, 3, 2), cart(43, 3_480, 900)]
    run = cleaned([*usual, *odd], GOODS)
    rows = run.rows("events")[30:]
    assert [(r["price_minor"], r["quantity"]) for r in rows] == [
        (None, None),
        (None, None),
        (None, 2),
        (3_480, 900),
    ]


def usual(event: Any) -> list[Any]:
    return [seen(event, i, i % 12, i % 40) for i in range(480)]


def test_the_price_of_the_next_product_on_the_page_is_noted(event: Any, cleaned: Any) -> None:
    def page(at: int, visitor: int, clicks: dict[int, int]) -> list[Any]:
        one = {"query_id": f"q{at}", "visitor_id": f"v{visitor}"}
        shown = [
            event("impression", 60 * at, product_id=f"p{n}", position=n + 1, **one)
            for n in range(12)
        ]
        return shown + [
            seen(
                event,
                at,
                n,
                visitor,
                price,
                query_id=f"q{at}",
                position=n + 1,
                occurred_at_us=shown[0].occurred_at_us + 9_000_000,
            )
            for n, price in clicks.items()
        ]

    rows = [
        *usual(event),
        *page(600, 50, {4: price_of(5)}),  # the next
        *page(601, 51, {4: price_of(9)}),  # one that stands elsewhere
        *page(602, 52, {4: price_of(4)}),
        *page(603, 53, {7: price_of(6)}),  # the one before
        *page(604, 54, {2: 2_222}),  # a coupon
        *page(605, 55, {3: price_of(4)}),  # two visitors paid it: a price of its own
        *page(606, 56, {3: price_of(4)}),
    ]
    run = cleaned(rows, GOODS)
    found = {
        run.details()[row, "price_outlier"]["listing_of"]
        for row, _ in found_by(run, "price_outlier")
    }
    assert found == {"p5", "p6"}


def test_prices_in_another_currency_are_noted_and_those_of_a_sale_are_not(
    event: Any, cleaned: Any
) -> None:
    def with_factor(factor: float) -> set[tuple[str, str]]:
        odd = [seen(event, 600 + n, n, 60 + n, round(price_of(n) * factor)) for n in range(10)]
        return found_by(cleaned([*usual(event), *odd], GOODS), "price_outlier")

    assert with_factor(1 / 7.83) == {(f"0:{n}", "note") for n in range(481, 491)}
    assert with_factor(4.617) == {(f"0:{n}", "note") for n in range(481, 491)}
    assert with_factor(0.3) == set()  # seventy percent off
    assert with_factor(0.612) == set()  # a customer's own price
    assert with_factor(6) == set()  # six in a pack
