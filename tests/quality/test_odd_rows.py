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
    goods = [Product(product_id=f"p{i}", title_en=f"Thing {i}") for i in range(5)]
    run = cleaned(rows, goods)
    assert found_by(run, "row_against_page") == {("0:3", "note")}


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


@pytest.mark.checks("row_against_order")
def test_a_review_of_another_visitor_s_order_is_noted(event: Any, cleaned: Any) -> None:
    rows = []
    for n in range(30):
        who = f"v{n}"
        rows += [
            event("click", 100 * n, visitor_id=who),
            event(
                "purchase",
                100 * n + 30,
                visitor_id=who,
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
