"""Paths of categories that are no category's: campaigns, those that were put away, other parents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from baihuo.core import Product

pytestmark = pytest.mark.checks("wrong_category")

_SHELVES = {
    ("Home", "Blankets"): "wool blanket",
    ("Home", "Candles"): "scented candle",
    ("Pets", "Bowls"): "steel bowl dogs",
    ("Pets", "Leads"): "nylon lead dogs",
}


def catalogue() -> list[Product]:
    """A hundred listings in four categories of two departments."""
    return [
        Product(product_id=f"p{len(_SHELVES) * n + at}", title_en=f"{title} {n}", category=path)
        for n in range(25)
        for at, (path, title) in enumerate(_SHELVES.items())
    ]


@pytest.fixture
def noted(cleaned: Callable[..., Any]) -> Callable[..., dict[str, Any] | None]:
    """What is said of the first listing's category after it was changed; the others must be as they were."""

    def of(**changed: Any) -> dict[str, Any] | None:
        first, *others = catalogue()
        details = cleaned([], [replace(first, **changed), *others]).details()
        found = {row: d for (row, check), d in details.items() if check == "wrong_category"}
        assert set(found) <= {"0:1"}
        return found.get("0:1")

    return of


@pytest.mark.parametrize(
    "path",
    [("Summer Sale",), ("New arrivals",), ("Home page", "Best sellers"), ("Misc",), ("双11会场",)],
)
def test_a_campaign_is_no_category(path: tuple[str, ...], noted: Any) -> None:
    assert noted(category=path) is not None


@pytest.mark.parametrize(
    "leaf",
    ["Blankets (do not use)", "ZZ_Blankets", "Blankets - old", "Blankets_v2", "Blankets（停用）"],
)
def test_a_category_that_was_put_away_is_noted_with_the_one_it_was(leaf: str, noted: Any) -> None:
    assert noted(category=("Home", leaf))["new"] == "Home > Blankets"


def test_a_name_of_another_parent_is_noted(noted: Any) -> None:
    assert noted(category=("Pets", "Blankets"))["new"] == "Home > Blankets"


@pytest.mark.parametrize(
    "changed",
    [
        {"category": ("Pets", "Blankets"), "title_en": "wool blanket dogs"},
        {"category": ("Home", "Other blankets")},
        {"category": ("Home", "Old masters")},
        {"category": ("Home", "Blankets", "Sale")},
    ],
    ids=str,
)
def test_what_belongs_where_it_stands_is_right(changed: dict[str, Any], noted: Any) -> None:
    assert noted(**changed) is None


def test_names_that_departments_share_are_right(cleaned: Any) -> None:
    parents = ("Women", "Men", "Kids")
    shoes = [
        Product(
            product_id=f"s{n}", title_en=f"leather shoe {n}", category=(parents[n % 2], "Shoes")
        )
        for n in range(60)
    ]
    shirts = [
        Product(product_id=f"t{n}", title_en=f"cotton shirt {n}", category=("Kids", "Shirts"))
        for n in range(30)
    ]
    one = Product(product_id="x", title_en="leather shoe 99", category=("Kids", "Shoes"))
    assert not [f for f in cleaned([], [*shoes, *shirts, one]).found() if f[0] == "0:91"]
