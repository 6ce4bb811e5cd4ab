from __future__ import annotations

from typing import Any

import pytest

from baihuo.core import Product

pytestmark = pytest.mark.checks("stock")

DAY_US = 86_400_000_000


@pytest.fixture
def category(at: Any) -> Any:
    """Thirty products of one category with stock updated yesterday, the first as given."""

    def make(days_old: float = 1, units: int | None = 40, n: int = 30) -> list[Product]:
        first = Product(
            product_id="p0",
            title_en="Thing",
            category=("Home", "Lamps"),
            stock_units=units,
            updated_at_us=at() - int(days_old * DAY_US),
        )
        others = [
            Product(
                product_id=f"p{i}",
                title_en=f"Thing {i}",
                category=("Home", "Lamps"),
                stock_units=30 + i,
                updated_at_us=at() - DAY_US,
            )
            for i in range(1, n)
        ]
        return [first, *others]

    return make


def sales(event: Any, n: int, quantity: int = 1, *, days_ago: float = 0.5) -> list[Any]:
    seconds = [-days_ago * 86_400 + 60 * i for i in range(n)]
    return [
        event("purchase", s, product_id="p0", quantity=quantity, visitor_id=f"v{i}")
        for i, s in enumerate(seconds)
    ] + [event("search", 0, product_id=None, query_text="lamp")]


def stock(run: Any) -> set[tuple[str, str]]:
    return {(row, check) for row, check, _ in run.found() if "stock" in check}


def test_figures_that_are_kept_are_left_alone(event: Any, category: Any, cleaned: Any) -> None:
    assert stock(cleaned(sales(event, 5), category())) == set()


def test_sold_out_and_still_bought(event: Any, category: Any, cleaned: Any) -> None:
    run = cleaned(sales(event, 4), category(units=0))
    assert stock(run) == {("0:1", "sold_without_stock")}
    detail = run.details()["0:1", "sold_without_stock"]
    assert (detail["stock_units"], detail["sold_since"], detail["n_purchases"]) == (0, 4, 4)


def test_more_bought_than_there_was(event: Any, category: Any, cleaned: Any) -> None:
    assert stock(cleaned(sales(event, 4, 5), category(units=10))) == {("0:1", "sold_beyond_stock")}


def test_sales_before_the_figure_was_updated_do_not_count(
    event: Any, category: Any, cleaned: Any
) -> None:
    assert stock(cleaned(sales(event, 9, days_ago=3), category(units=0))) == set()


def test_a_race_for_the_last_ones_is_no_finding(event: Any, category: Any, cleaned: Any) -> None:
    assert stock(cleaned(sales(event, 2), category(units=0))) == set()


@pytest.mark.checks("sold_without_stock")
def test_one_order_of_several_pieces_is_enough_and_an_absurd_line_is_not(
    event: Any, category: Any, cleaned: Any
) -> None:
    assert stock(cleaned(sales(event, 1, 4), category(units=0))) == {("0:1", "sold_without_stock")}
    assert stock(cleaned(sales(event, 1, 400), category(units=3))) == set()


def test_a_retried_purchase_counts_once(event: Any, category: Any, cleaned: Any) -> None:
    one = sales(event, 1)
    assert stock(cleaned([one[0]] * 9 + one[1:], category(units=0))) == set()


def test_what_is_cancelled_was_not_bought(event: Any, category: Any, cleaned: Any) -> None:
    bought = sales(event, 4)
    back = [
        event("cancel", 60 + i, product_id="p0", quantity=1, visitor_id=f"v{i}") for i in range(3)
    ]
    assert stock(cleaned(bought + back, category(units=0))) == set()


@pytest.mark.checks("stale_stock")
def test_older_than_its_category(event: Any, category: Any, cleaned: Any) -> None:
    run = cleaned(sales(event, 1), category(days_old=90))
    assert stock(run) == {("0:1", "stale_stock")}
    assert run.details()["0:1", "stale_stock"]["days_old"] == 90
    assert stock(cleaned(sales(event, 1), category(days_old=20))) == set()


def test_where_updates_say_nothing_about_stock_no_age_is_checked(
    event: Any, at: Any, cleaned: Any
) -> None:
    made = [
        Product(
            product_id=f"p{i}",
            title_en=f"Thing {i}",
            category=("Home",),
            stock_units=0,
            updated_at_us=at() - (100 + i) * DAY_US,
        )
        for i in range(30)
    ]
    run = cleaned(sales(event, 9), made)
    assert stock(run) == set()
    assert any(words.startswith("sold_without_stock") for words in run.report.not_checked)


def test_no_stock_no_updates_and_no_events_are_no_errors(cleaned: Any) -> None:
    assert stock(cleaned([])) == set()
    made = [Product(product_id="p0", title_en="x", stock_units=5)]
    assert stock(cleaned([], made)) == set()
