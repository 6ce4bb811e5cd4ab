"""Orders that reviews, cancels and other lines contradict."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.checks("row_against_order")

HOUR = 3600.0


def found_by(run: Any, check: str) -> set[tuple[str, str]]:
    return {(row, action) for row, name, action in run.found() if name == check}


def bought(event: Any, n: int, seconds: float = 0, **other: Any) -> Any:
    values = {"visitor_id": f"v{n}", "order_id": f"ord{n * 7919:07d}a", "quantity": 1} | other
    return event("purchase", 600 * n + seconds, **values)


def test_a_review_of_somebody_elses_order_is_noted_where_its_visitor_bought_the_product_in_another(
    event: Any, cleaned: Any
) -> None:
    rows = []
    for n in range(30):
        rows += [
            event("click", 600 * n - 60, visitor_id=f"v{n}", product_id="p2" if n == 9 else "p1"),
            bought(event, n, product_id="p2" if n == 9 else "p1"),
        ]
    for n in range(12):
        order = f"ord{(9 if n == 7 else n) * 7919:07d}a"
        product = "p2" if n == 9 else "p1"
        rows.append(
            event(
                "review",
                90 * HOUR + n,
                visitor_id=f"v{n}",
                order_id=order,
                product_id=product,
                rating=4,
            )
        )
    run = cleaned(rows)
    assert found_by(run, "row_against_order") == {("0:68", "note")}


def test_a_review_before_its_order_of_none_or_of_what_it_does_not_hold_is_noted(
    event: Any, cleaned: Any
) -> None:
    rows = []
    for n in range(60):
        who = {"visitor_id": f"v{n}", "order_id": f"ord{n * 7919:07d}a"}
        after = {40: -300.0, 41: 300.0}.get(n, 90.0) * HOUR / 3 + 10 * n
        named = who | {45: {"order_id": "ord00"}, 46: {"product_id": "p2"}}.get(n, {})
        rows += [
            event("click", 4 * HOUR * n - 60, visitor_id=f"v{n}"),
            event("purchase", 4 * HOUR * n, quantity=1, **who),
            event("review", 4 * HOUR * n + after, rating=4, **named),
        ]
    found = cleaned(rows).found()
    ids = {row for row, name, _ in found if name == "row_against_order"}
    assert ids == {f"0:{3 * n + 3}" for n in (40, 45, 46)}


def test_orders_of_reviews_in_a_logs_first_days_are_from_before_it(
    event: Any, cleaned: Any
) -> None:
    rows = []
    for n in range(240):  # the log begins with the twentieth order
        who = {"visitor_id": f"v{n}", "order_id": f"ord{n * 7919:07d}a"}
        if n >= 20:
            rows += [event("purchase", 4 * HOUR * n, quantity=1, **who)]
        rows += [event("review", 4 * HOUR * n + 80 * HOUR, rating=4, **who)]
    assert not found_by(cleaned(rows), "row_against_order")
