"""Values in a wrong place, rows against their page or order, prices off as a whole."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from baihuo.core import Product

pytestmark = pytest.mark.checks(
    "row_against_page",
    "row_against_order",
    "price_outlier",
    "bad_quantity",
    "click_before_impression",
)

HOUR = 3600.0


def found_by(run: Any, name: str) -> set[tuple[str, str]]:
    return {(row, action) for row, check, action in run.found() if check == name}


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


@pytest.mark.checks("row_against_page")
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


@pytest.mark.checks("row_against_page")
def test_advertisements_have_a_surface_of_their_own_and_say_nothing_of_the_pages(
    event: Any, cleaned: Any
) -> None:
    rows = pages(event, 100)
    rows[2] = replace(rows[2], surface="cart")
    ads = [
        replace(rows[5 * p], event_type="ad_impression", event_id=f"ad{p}.{i}", product_id=f"p{i}")
        for p in range(3)
        for i in range(2)
    ]
    ads = [replace(ad, surface="ads") for ad in ads]
    goods = [Product(product_id=f"p{i}", title_en=f"Thing {i}") for i in range(5)]
    run = cleaned([*rows, *ads], goods)
    assert found_by(run, "row_against_page") == {("0:3", "note")}


@pytest.mark.checks("row_against_page")
def test_another_country_language_or_device_than_the_page_is_noted(
    event: Any, cleaned: Any
) -> None:
    of_page = {"country": "CN", "language": "zh", "device": "phone"}
    rows = [replace(row, **of_page) for row in pages(event, 150)]
    rows[2] = replace(rows[2], country="BR")
    rows[13] = replace(rows[13], language="pt")
    rows[24] = replace(rows[24], device="tablet")
    rows[36] = replace(rows[36], country=None)  # not known is nothing else
    rows[40:45] = [replace(row, country="BR") for row in rows[40:45]]  # a page of its own
    goods = [Product(product_id=f"p{i}", title_en=f"Thing {i}") for i in range(5)]
    run = cleaned(rows, goods)
    assert found_by(run, "row_against_page") == {
        ("0:3", "note"),
        ("0:14", "note"),
        ("0:25", "note"),
    }
    assert run.details()["0:3", "row_against_page"]["page"] == "CN"


@pytest.mark.checks("price_outlier")
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


@pytest.mark.checks("row_against_order")
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


def test_a_row_that_was_quarantined_still_speaks_for_others(event: Any, cleaned: Any) -> None:
    day = 24 * HOUR
    orders = [
        event("purchase", n, visitor_id=f"v{n}", order_id=f"o{n}", product_id="p1", quantity=1)
        for n in range(30)
    ]
    # its quantity cannot be true, so that the row is out
    lost = event(
        "purchase", 7, visitor_id="v7", order_id="o7", product_id="p2", quantity=10_000_000
    )
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
    carts = [
        event("add_to_cart", 3 * day + n, visitor_id=f"w{n}", product_id="p1", quantity=1)
        for n in range(30)
    ]
    out = event("add_to_cart", 3 * day, visitor_id="x", product_id="p1", quantity=10_000_000)
    removed = [
        event("remove_from_cart", 3 * day + 100, visitor_id=v, product_id="p1", quantity=1)
        for v in ("x", "y")
    ]
    run = cleaned([*orders, lost, *reviews, *carts, out, *removed])
    quarantined = {row for row, _, action in run.found() if action == "quarantine"}
    assert quarantined == {"0:31", "0:92"}
    assert found_by(run, "row_against_order") == {("0:94", "note")}


@pytest.mark.checks("price_outlier")
def test_a_price_is_found_once_where_two_reasons_speak_of_it(event: Any, cleaned: Any) -> None:
    goods = [
        Product(
            product_id=f"p{n}", title_en=f"Thing {n}", price_minor=3_000 + 1_800 * n, currency="CNY"
        )
        for n in range(10)
    ]

    def paid(day: int, n: int, price: int) -> Any:
        return event(
            "purchase",
            day * 24 * HOUR + 60 * n,
            visitor_id=f"v{day}.{n}",
            product_id=f"p{n}",
            price_minor=price,
            currency="CNY",
            quantity=1,
            platform="ios",
        )

    usual = [paid(d, n, 3_000 + 1_800 * n) for d in range(9) for n in range(10)]
    # 18 yuan of postage is also the price of the row before, in a list by price
    postage = [paid(9, n, 3_000 + 1_800 * n + 1_800) for n in reversed(range(10))]
    run = cleaned([*usual, *postage], goods)
    found = [f["row_id"] for f in run.rows("findings") if f["check"] == "price_outlier"]
    assert sorted(found) == sorted(set(found))
    assert len(found) == 10


def test_a_stay_without_its_click_is_noted_and_one_whose_click_was_quarantined_is_not(
    event: Any, cleaned: Any
) -> None:
    def visit(n: int) -> list[Any]:
        one = {"visitor_id": f"v{n}", "query_id": f"q{n}", "product_id": "p1", "platform": "ios"}
        return [
            event("impression", 600 * n, position=1, surface="search", **one),
            event("click", 600 * n + 5, position=1, surface="search", **one),
            event("dwell", 600 * n + 15, dwell_ms=10_000, surface="search", **one),
        ]

    visits = [visit(n) for n in range(60)]
    del visits[10][1]
    # long before its page was seen: out
    visits[20][1] = replace(
        visits[20][1], occurred_at_us=visits[20][1].occurred_at_us - 3_000_000_000
    )
    rows = [row for rows in visits for row in rows]
    run = cleaned(rows)
    out = {row for row, _, action in run.found() if action == "quarantine"}
    assert out == {f"0:{rows.index(visits[20][1]) + 1}"}
    assert found_by(run, "row_against_page") == {(f"0:{rows.index(visits[10][1]) + 1}", "note")}


@pytest.mark.checks("row_against_order")
def test_a_review_long_before_its_order_is_noted(event: Any, cleaned: Any) -> None:
    orders = [
        event("purchase", 200 * HOUR + n, visitor_id=f"v{n}", order_id=f"o{n}", quantity=1)
        for n in range(30)
    ]
    reviews = [
        event(
            "review",
            (150 if n == 7 else 300) * HOUR + n,
            visitor_id=f"v{n}",
            order_id=f"o{n}",
            rating=5,
        )
        for n in range(30)
    ]
    assert found_by(cleaned([*orders, *reviews]), "row_against_order") == {("0:38", "note")}


@pytest.mark.checks("row_against_order")
def test_a_purchase_without_an_order_is_noted_where_nearly_all_name_one(
    event: Any, cleaned: Any
) -> None:
    def bought(n_without: int) -> list[Any]:
        return [
            event(
                "purchase",
                60 * n,
                visitor_id=f"v{n}",
                order_id=f"o{n}" if n >= n_without else None,
                quantity=1,
            )
            for n in range(100)
        ]

    assert found_by(cleaned(bought(3)), "row_against_order") == {
        (f"0:{n}", "note") for n in (1, 2, 3)
    }
    assert found_by(cleaned(bought(20)), "row_against_order") == set()  # a till has no orders


@pytest.mark.checks("row_against_order")
def test_a_review_whose_order_is_of_another_visitor_is_left_where_its_own_looked_at_it(
    event: Any, cleaned: Any
) -> None:
    """The order's line got a wrong visitor: the review is right."""
    rows = []
    for n in range(30):
        who = f"v{n}"
        rows += [
            event("click", 100 * n, visitor_id=who),
            event(
                "purchase",
                100 * n + 30,
                visitor_id="x" if n == 7 else who,
                order_id=f"o{n}",
                quantity=1,
            ),
            event(
                "review",
                9_000 + n,
                visitor_id="y" if n == 8 else who,
                order_id=f"o{n}",
                rating=5,
            ),
        ]
    assert found_by(cleaned(rows), "row_against_order") == {("0:27", "note")}


@pytest.mark.checks("price_outlier")
def test_prices_before_tax_are_noted_and_a_sale_of_twelve_percent_is_not(
    event: Any, cleaned: Any
) -> None:
    prices = [3_000 + 1_170 * n for n in range(10)]
    goods = [
        Product(product_id=f"p{n}", title_en=f"Thing {n}", price_minor=price, currency="CNY")
        for n, price in enumerate(prices)
    ]

    def paid(day: int, n: int, price: float, platform: str) -> Any:
        return event(
            "purchase",
            day * 24 * HOUR + 60 * n,
            visitor_id=f"v{day}.{n}.{platform}",
            product_id=f"p{n}",
            price_minor=round(price),
            currency="CNY",
            quantity=1,
            platform=platform,
        )

    usual = [paid(d, n, prices[n], p) for d in range(9) for n in range(10) for p in ("web", "ios")]
    net = [paid(9, n, prices[n] / 1.13, "ios") for n in range(10)]
    sale = [paid(9, n, prices[n] * 0.88, "web") for n in range(10)]
    run = cleaned([*usual, *net, *sale], goods)
    assert found_by(run, "price_outlier") == {(f"0:{n}", "note") for n in range(181, 191)}


@pytest.mark.checks("price_outlier")
def test_a_price_in_the_quantity_is_no_discount(event: Any, cleaned: Any) -> None:
    goods = [Product(product_id="p1", title_en="Thing", price_minor=5_650, currency="CNY")]

    def paid(n: int, price: int, quantity: int) -> Any:
        return event(
            "purchase",
            600 * n,
            visitor_id=f"v{n}",
            price_minor=price,
            currency="CNY",
            quantity=quantity,
        )

    usual = [paid(n, 5_650, 1 + n % 2) for n in range(30)]
    run = cleaned([*usual, paid(40, 200, 56), paid(41, 1_400, 56)], goods)
    assert {row for row, _ in found_by(run, "price_outlier")} == {"0:31"}
