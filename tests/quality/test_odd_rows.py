"""Values in a wrong place, rows against their page or order, prices off as a whole, times of a short float."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from baihuo.core import Product

HOUR = 3600.0


def found_by(run: Any, name: str) -> set[tuple[str, str]]:
    return {(row, action) for row, check, action in run.found() if check == name}


def labelled(event: Any, n: int, **changes: Any) -> Any:
    labels = {"platform": "ios", "device": "iphone", "country": "CN", "language": "zh"} | changes
    return event("impression", n, visitor_id=f"v{n}", **labels)


def test_labels_of_two_columns_out_of_place_are_found_and_one_is_left(
    event: Any, cleaned: Any
) -> None:
    usual = [labelled(event, n) for n in range(300)]
    swapped = labelled(event, 301, country="zh", language="CN")
    slipped = labelled(event, 302, platform="s77", device="ios", country="iphone", language="CN")
    alone = labelled(event, 303, country="zh")  # who knows what this shop means by it
    run = cleaned([*usual, swapped, slipped, alone])
    assert found_by(run, "misplaced_value") == {("0:301", "note"), ("0:302", "quarantine")}


def test_stars_on_a_click_and_an_order_on_a_cart_are_out_of_place(event: Any, cleaned: Any) -> None:
    plain = [event("click", n, visitor_id=f"v{n}") for n in range(60)]
    carts = [event("add_to_cart", n, visitor_id=f"v{n}") for n in range(60)]
    review = event("review", 90, rating=4, visitor_id="r")
    bought = event("purchase", 80, order_id="o1", visitor_id="r")
    odd = [
        event("click", 99, rating=4, visitor_id="a"),
        event("add_to_cart", 99, order_id="o2", visitor_id="b"),
    ]
    run = cleaned([*plain, *carts, review, bought, *odd])
    assert found_by(run, "misplaced_value") == {("0:123", "note"), ("0:124", "note")}


def pages(event: Any, n: int) -> list[Any]:
    return [
        event(
            "impression",
            100 * p + i,
            visitor_id=f"v{p}",
            query_id=f"q{p}",
            product_id=f"p{i}",
            position=i + 1,
            surface="search",
            platform="ios",
        )
        for p in range(n)
        for i in range(5)
    ]


def test_a_row_that_all_others_of_its_page_contradict_is_noted(event: Any, cleaned: Any) -> None:
    rows = pages(event, 100)
    rows[2] = replace(rows[2], surface="home")
    again = [
        event(
            "impression",
            2 * 24 * HOUR + 300 + i,
            visitor_id="v3",
            query_id="q3",
            product_id=f"p{i}",
            position=i + 1,
            surface="search",
            platform="ios",
        )
        for i in range(5)
    ]
    goods = [Product(product_id=f"p{i}", title_en=f"Thing {i}") for i in range(5)]
    run = cleaned([*rows, *again], goods)
    expected = {("0:3", "note"), *((f"0:{n}", "note") for n in range(501, 506))}
    assert found_by(run, "row_against_page") == expected, run.found()


def test_prices_that_are_all_off_by_one_amount_are_noted_and_a_sale_is_not(
    event: Any, cleaned: Any
) -> None:
    goods = [
        Product(
            product_id=f"p{n}", title_en=f"Thing {n}", price_minor=3_000 + 700 * n, currency="CNY"
        )
        for n in range(10)
    ]

    def paid(day: int, n: int, price: int, platform: str) -> Any:
        return event(
            "purchase",
            day * 24 * HOUR + 60 * n,
            visitor_id=f"v{day}.{n}.{platform}",
            product_id=f"p{n}",
            price_minor=price,
            currency="CNY",
            quantity=1,
            platform=platform,
        )

    usual = [
        paid(d, n, 3_000 + 700 * n, p) for d in range(9) for n in range(10) for p in ("web", "ios")
    ]
    postage = [paid(9, n, 3_000 + 700 * n + 1_800, "ios") for n in range(10)]
    sale = [paid(9, n, (3_000 + 700 * n) * 8 // 10, "web") for n in range(10)]
    run = cleaned([*usual, *postage, *sale], goods)
    assert found_by(run, "price_outlier") == {(f"0:{n}", "note") for n in range(181, 191)}


def test_a_review_of_what_its_order_does_not_hold_is_noted(event: Any, cleaned: Any) -> None:
    orders = [
        event("purchase", n, visitor_id=f"v{n}", order_id=f"o{n}", product_id="p1", quantity=1)
        for n in range(30)
    ]
    reviews = [
        event(
            "review",
            9_000 + n,
            visitor_id=f"v{n}",
            order_id=f"o{n}",
            product_id="p2" if n == 7 else "p1",
            rating=5,
        )
        for n in range(30)
    ]
    assert found_by(cleaned([*orders, *reviews]), "row_against_order") == {("0:38", "note")}
