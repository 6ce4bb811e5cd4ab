"""Attributes and variants that nearly all other listings of the shop contradict: noted, and their like are left."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from baihuo.core import Product, Variant

pytestmark = pytest.mark.checks(
    "listing_price_outlier",
    "listing_price_against_events",
)

DAY_US = 86_400_000_000


def lanterns(n: int = 300, **first: Any) -> list[Product]:
    """Lanterns with measures, a yes or no, an age and sizes; the first is changed."""
    made = []
    for i in range(n):
        is_solar, age = i % 3 > 0, (4, 8, 12)[i % 3]
        ram, disk = ((4, 64), (8, 128), (16, 256))[i % 3]
        title = f"Norvik Lantern L{1000 + i}"
        made.append(
            Product(
                product_id=f"l{i:03d}",
                title_en=f"{title}{' Solar' if is_solar else ''}, {age}+, {ram}GB + {disk}GB",
                category=("Outdoor", "Lanterns"),
                attributes={
                    "Solar": is_solar,
                    "Age": f"{age}+",
                    "Cache": ram,
                    "Space": disk,
                    "Running time": 1.5 + i % 7,
                    "Mount": ("hook", "foot", "rail")[i % 3],
                },
                variants=tuple(
                    Variant(variant_id=f"l{i:03d}-{s.lower()}", attributes={"Size": s})
                    for s in ("S", "M", "XL")
                ),
            )
        )
    return [replace(made[0], **first), *made[1:]]


@pytest.mark.checks("listing_price_against_events", "listing_price_outlier")
def test_a_price_whose_digits_changed_places_is_noted_where_it_is_older_than_its_events(
    event: Any, at: Any, cleaned: Any
) -> None:
    """Ten times is where two rules met, and neither took it, as the logarithm was rounded."""
    cases = [  # price, price of its events, day of the change
        (52_00, 25_00, 1),  # 2500: two digits changed places
        (25_00, 250_00, 1),  # exactly ten times
        (52_00, 26_00, 1),  # half price is a sale
        (52_00, 25_00, 9),  # changed after they were asked
    ]
    made = [replace(p, price_minor=50_00, currency="CNY") for p in lanterns()]
    log = []
    for n, (price, asked, updated) in enumerate(cases):
        updated_us = at(0) + (updated - 5) * DAY_US
        made[n] = replace(made[n], price_minor=price, updated_at_us=updated_us)
        log += asked_for(event, f"l{n:03d}", asked, "CNY")
    found = {(row, c) for row, c, _ in cleaned(log, made).found() if c.startswith("listing_price")}
    assert found == {(f"0:{line}", "listing_price_against_events") for line in (1, 2)}


def asked_for(event: Any, product_id: str, price_minor: int, currency: str) -> list[Any]:
    """Clicks of six visitors."""
    paid = {"product_id": product_id, "price_minor": price_minor, "currency": currency}
    return [event("click", 9 * i, visitor_id=v, **paid) for i, v in enumerate("abcdef")]


@pytest.mark.checks("listing_price_outlier")
def test_a_currency_that_none_of_its_own_events_has_is_noted(event: Any, cleaned: Any) -> None:
    """5000 yen are no usual price in yuan, where nothing costs 5000: only the events say what is meant."""
    made = [
        replace(p, price_minor=50_00 + 10 * i, currency="CNY") for i, p in enumerate(lanterns())
    ]
    made[:2] = [replace(p, price_minor=50_00, currency="JPY") for p in made[:2]]
    log = asked_for(event, "l000", 50_00, "CNY") + asked_for(event, "l001", 50_00, "JPY")
    found = {f for f in cleaned(log, made).found() if f[1] == "listing_price_outlier"}
    assert found == {("0:1", "listing_price_outlier", "note")}
