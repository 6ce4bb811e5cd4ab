"""Events in another currency than their product is listed in."""

from __future__ import annotations

from typing import Any

import pytest

from baihuo.core import Product

pytestmark = pytest.mark.checks("currency_against_listing", "bad_listing_currency")

LISTED = [
    Product(product_id=f"p{i}", title_en=f"Thing {i}", price_minor=1000 * i, currency="EUR")
    for i in range(1, 6)
]


def clicks(event: Any, n: int, *, first: int = 0, **other: Any) -> list[Any]:
    return [
        event(
            "click",
            60 * (first + i),
            **{
                "visitor_id": f"v{i % 20}",
                "product_id": f"p{1 + i % 5}",
                "price_minor": 1000 * (1 + i % 5),
                "currency": "EUR",
            }
            | other,
        )
        for i in range(n)
    ]


def test_an_odd_currency_is_withheld_with_its_price(event: Any, cleaned: Any) -> None:
    usual = clicks(event, 300)
    odd = clicks(
        event, 1, first=400, visitor_id="v3", currency="USD", price_minor=1234
    )  # pays in euros, too
    alone = clicks(event, 1, first=402, visitor_id="other", currency="GBP", price_minor=870)
    run = cleaned([*usual, *odd, *alone], LISTED)
    found = {
        (row, action) for row, check, action in run.found() if check == "currency_against_listing"
    }
    assert found == {("0:301", "repair"), ("0:302", "note")}
    kept = {r["line"]: (r["price_minor"], r["currency"]) for r in run.rows("events")}
    assert (kept[301], kept[302]) == ((None, None), (870, "GBP"))


def test_a_shop_of_several_currencies_and_a_listing_that_is_wrong_are_left_alone(
    event: Any, cleaned: Any
) -> None:
    many = [*clicks(event, 200), *clicks(event, 60, first=300, currency="USD", price_minor=1100)]
    assert not [c for _, c, _ in cleaned(many, LISTED).found() if c == "currency_against_listing"]
    wrong = [
        Product(product_id="p1", title_en="Thing 1", price_minor=1000, currency="GBP"),
        *LISTED[1:],
    ]
    few = [
        *(e for e in clicks(event, 400) if e.product_id != "p1"),
        *clicks(event, 4, first=500, product_id="p1"),
    ]
    assert not [c for _, c, _ in cleaned(few, wrong).found() if c == "currency_against_listing"]


def test_a_listing_in_another_currency_than_the_shop_is_paid_in_is_no_evidence_against_one_event(
    event: Any, cleaned: Any
) -> None:
    """A listing sent as ``usd`` was read as USD: the only click of its product, in the shop's currency, lost its price."""
    wrong = [
        Product(product_id="p1", title_en="Thing 1", price_minor=1000, currency="usd"),
        *LISTED[1:],
    ]
    usual = [e for e in clicks(event, 400) if e.product_id != "p1"]
    one = clicks(event, 1, first=500, visitor_id="v3", product_id="p1", price_minor=1000)
    run = cleaned([*usual, *one], wrong)
    assert not [c for _, c, _ in run.found() if c == "currency_against_listing"]


def test_a_visitor_who_only_pays_in_it_is_left_alone(event: Any, cleaned: Any) -> None:
    abroad = clicks(event, 3, first=400, visitor_id="abroad", currency="USD", price_minor=1100)
    run = cleaned([*clicks(event, 300), *abroad], LISTED)
    assert not [c for _, c, _ in run.found() if c == "currency_against_listing"]
