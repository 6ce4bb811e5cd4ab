"""Cells that hold what belongs elsewhere, or nothing: pages, programs, other columns. Noted; a description may be left out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from baihuo.core import Product, Variant

pytestmark = pytest.mark.checks("absurd_stock", "listing_price_outlier")

COLOURS = ("red", "blue", "green", "black")
KINDS = ("running shoes", "rain jacket", "desk lamp")


def things(n: int = 120) -> list[Product]:
    """Things of four brands whose titles, texts and attributes agree."""
    made = []
    for i in range(n):
        brand, colour, kind = f"Norvik{'abcd'[i % 4]}", COLOURS[i % 4], KINDS[i % 3]
        made.append(
            Product(
                product_id=f"s{i}",
                title_en=f"{brand} NV{1000 + i} sturdy {kind} {colour}",
                description_en=f"Owners of the NV{1000 + i} praise its {colour} finish, which {brand} tests {i + 7} times.",
                brand=brand,
                model=f"NV{1000 + i}",
                category=("Goods", kind.title()),
                attributes={"Colour": colour, "Weight": f"{200 + i} g"},
                codes=(f"69{i:011d}",),
                variants=tuple(
                    Variant(variant_id=f"s{i}-{s}", attributes={"Size": s, "Colour": colour})
                    for s in ("S", "M", "L")
                ),
                price_minor=19_900 + 137 * (i * i % 97),
                currency="CNY",
                stock_units=30 + i * i % 53,
            )
        )
    return made


@pytest.mark.checks("absurd_stock", "listing_price_outlier")
@pytest.mark.parametrize(
    ("field", "first", "check"),
    [("price_minor", 25_000, "listing_price_outlier"), ("stock_units", 90, "absurd_stock")],
)
def test_numbers_dragged_down_a_sheet(field: str, first: int, check: str, cleaned: Any) -> None:
    made = things()
    for n in range(8):
        dragged: dict[str, Any] = {field: first + 100 * n}
        made[20 + n] = replace(made[20 + n], **dragged)
    found = {row for row, name, _ in cleaned([], made).found() if name == check}
    assert found == {f"0:{22 + n}" for n in range(7)}  # the first is the one that was dragged


@pytest.mark.checks("listing_price_outlier")
def test_a_price_filled_down_a_sheet(cleaned: Any) -> None:
    made = things()
    for n in range(10):
        made[20 + n] = replace(made[20 + n], price_minor=25_037)
    found = {row for row, name, _ in cleaned([], made).found() if name == "listing_price_outlier"}
    assert found == {f"0:{21 + n}" for n in range(10)}


@pytest.mark.checks("listing_price_outlier")
@pytest.mark.parametrize("is_grouped", [False, True])
def test_one_price_of_neighbours_that_others_have_too_is_no_finding(
    is_grouped: bool, cleaned: Any
) -> None:
    """Everything for 250.37: over the whole file, or the file is grouped by price."""
    made = things()
    for n, thing in enumerate(made):
        if n % 3 == 0 or 20 <= n < 30 or is_grouped:
            made[n] = replace(thing, price_minor=25_037 + (100 * (n // 10) if is_grouped else 0))
    assert "listing_price_outlier" not in {name for _, name, _ in cleaned([], made).found()}


@pytest.mark.checks("listing_price_outlier")
def test_numbers_of_a_file_that_is_sorted_by_them_are_no_finding(cleaned: Any) -> None:
    made = [replace(thing, price_minor=10_000 + 100 * n) for n, thing in enumerate(things())]
    assert "listing_price_outlier" not in {name for _, name, _ in cleaned([], made).found()}
