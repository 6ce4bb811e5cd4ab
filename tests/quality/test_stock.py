from __future__ import annotations

from typing import Any

import pytest

from baihuo.core import Product

pytestmark = pytest.mark.checks("stock")

DAY_US = 86_400_000_000


@pytest.fixture
def run(event: Any, at: Any, cleaned: Any) -> Any:
    """Check thirty products of one category, whose stock was updated so many days ago."""

    def check(*days_old: float) -> Any:
        made = [
            Product(
                product_id=f"p{i}",
                title_en=f"Thing {i}",
                category=("Home", "Lamps"),
                stock_units=30 + i,
                updated_at_us=at() - int((days_old[i] if i < len(days_old) else 1) * DAY_US),
            )
            for i in range(30)
        ]
        return cleaned([event("search", 0, product_id=None, query_text="lamp")], made)

    return check


def test_a_figure_much_older_than_its_category_is_noted(run: Any) -> None:
    done = run(90)
    assert done.found() == {("0:1", "stale_stock", "note")}
    assert done.details()["0:1", "stale_stock"]["days_old"] == 90
    assert not run(20).found()


def test_where_updates_say_nothing_about_stock_no_age_is_checked(run: Any) -> None:
    done = run(*range(100, 130))
    assert not done.found()
    assert any(words.startswith("stale_stock") for words in done.report.not_checked)


def test_no_stock_no_updates_and_no_events_are_no_errors(cleaned: Any) -> None:
    assert not cleaned([]).found()
    assert not cleaned([], [Product(product_id="p0", title_en="x", stock_units=5)]).found()
