"""Who orders one thing by the dozen, and carts that hold whole stocks."""

from __future__ import annotations

from typing import Any

import pytest

from baihuo.core import Product

pytestmark = pytest.mark.checks("scalping", "cart_hoarding")

HOUR = 3_600.0
GOODS = [
    Product(product_id=f"p{n}", title_en=f"Thing {n}", stock_units=7 + n % 5) for n in range(60)
]


def found_by(run: Any, name: str) -> set[str]:
    return {row for row, check, action in run.found() if (check, action) == (name, "note")}


def order(event: Any, second: float, number: int, visitor: str, product: str = "p1") -> Any:
    return event(
        "purchase",
        second,
        visitor_id=visitor,
        order_id=f"o{visitor}{number}",
        product_id=product,
        quantity=1,
    )


def test_a_dozen_orders_of_one_thing_within_the_hour_are_noted(event: Any, cleaned: Any) -> None:
    calm = [order(event, 9 * HOUR + 7_000 * n, n, "firm") for n in range(4)]
    till = [order(event, 97.0 * n, n, "till", f"p{n % 20}") for n in range(240)]
    basket = [
        event("purchase", 5.0, visitor_id="bulk", order_id="o1", product_id="p1", quantity=12)
    ]
    fast = [order(event, 40.0 + 61 * n, n, "fast") for n in range(12)]
    later = [order(event, 6 * HOUR, 99, "fast")]
    run = cleaned([*calm, *till, *basket, *fast, *later], GOODS)
    n = len(calm) + len(till) + len(basket)
    assert found_by(run, "scalping") == {f"0:{n + i}" for i in range(1, 13)}


def cart(event: Any, second: float, visitor: str, product: int, quantity: int | None) -> Any:
    return event(
        "add_to_cart", second, visitor_id=visitor, product_id=f"p{product}", quantity=quantity
    )


def test_a_cart_that_holds_the_stock_of_everything_is_noted_unless_it_is_ordered(
    event: Any, cleaned: Any
) -> None:
    people = [cart(event, 50.0 * n, f"v{n}", n % 60, 1 + n % 2) for n in range(200)]
    wish_list = [cart(event, 30.0 * n, "wish", n, 1) for n in range(45)]
    hoard = [cart(event, 31.0 * n, "hoard", n, 7 + n % 5) for n in range(30)]
    trader = [cart(event, 29.0 * n, "trade", n, 12) for n in range(30)]
    paid = [
        event(
            "purchase", 4_000.0, visitor_id="trade", product_id=f"p{n}", order_id="big", quantity=12
        )
        for n in range(30)
    ]
    run = cleaned([*people, *wish_list, *hoard, *trader, *paid], GOODS)
    assert found_by(run, "cart_hoarding") == {f"0:{n}" for n in range(246, 276)}
