"""Orders that reviews, cancels and other lines contradict."""

from __future__ import annotations

from typing import Any

import pytest

from baihuo.core import Product

pytestmark = pytest.mark.checks(
    "cancel_of_more_than_bought",
    "contradictory_rating",
    "row_against_order",
)

HOUR = 3600.0


def found_by(run: Any, check: str) -> set[tuple[str, str]]:
    return {(row, action) for row, name, action in run.found() if name == check}


def bought(event: Any, n: int, seconds: float = 0, **other: Any) -> Any:
    values = {"visitor_id": f"v{n}", "order_id": f"ord{n * 7919:07d}a", "quantity": 1} | other
    return event("purchase", 600 * n + seconds, **values)


def test_a_review_of_a_cut_order_id_is_noted_where_one_order_fits(event: Any, cleaned: Any) -> None:
    rows = [bought(event, n) for n in range(40)]
    rows += [bought(event, 8, 60, order_id="ord0063352b")]  # begins as the other order does
    rows += [
        event("review", 90 * HOUR + n, visitor_id=f"v{n}", order_id=order, rating=5)
        for n, order in (
            (3, "ord00237"),  # the end was lost
            (4, "0031676a"),  # the beginning
            (5, "ord0039595a"),
            (6, "ord9999"),  # nobody's
            (7, "ord"),  # begins all
            (8, "ord0063352"),  # begins two of the visitor's
        )
    ]
    run = cleaned(rows)
    assert found_by(run, "row_against_order") == {("0:42", "note"), ("0:43", "note")}
    assert run.details()["0:42", "row_against_order"]["cut_from"] == "ord0023757a"


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


@pytest.mark.checks("row_against_order")
def test_ids_that_count_up_from_line_to_line_are_noted_where_no_others_do(
    event: Any, cleaned: Any
) -> None:
    rows = [bought(event, n, order_id=f"k{n * 104729 % 9973:04d}x{n * 7}") for n in range(60)]
    rows += [
        bought(event, 70, i, order_id=f"k77x{40 + i}", product_id=f"p{i + 1}") for i in range(3)
    ]
    run = cleaned(rows)
    assert found_by(run, "row_against_order") == {("0:62", "note"), ("0:63", "note")}
    counter = [bought(event, n, order_id=f"k{1000 + n}") for n in range(60)]
    split = [
        bought(event, 60, i, order_id=f"k{1060 + i}", product_id=f"p{i + 1}") for i in range(3)
    ]
    assert found_by(cleaned([*counter, *split]), "row_against_order") == set()
    parts = [bought(event, n, i, order_id=f"k{n * 977}-{i}") for n in range(9) for i in (1, 2)]
    assert found_by(cleaned([*rows[:60], *parts]), "row_against_order") == set()


def test_a_cancel_before_the_order_that_it_names_is_noted_whatever_was_bought_before(
    event: Any, cleaned: Any
) -> None:
    run = cleaned(
        [
            event("purchase", 0, quantity=1, order_id="a1"),
            event("cancel", 30 * HOUR, quantity=1, order_id="b2"),
            event("purchase", 32 * HOUR, quantity=1, order_id="b2"),
            event("cancel", 40 * HOUR, quantity=1, order_id="C9"),  # an order of cancels
        ]
    )
    assert ("0:2", "cancel_of_more_than_bought", "note") in run.found()
    detail = run.details()["0:2", "cancel_of_more_than_bought"]
    assert detail == {"bought": 0, "cancelled": 1, "order_id": "b2"}


def test_the_stock_in_the_place_of_the_pieces_of_a_cart_is_noted(event: Any, cleaned: Any) -> None:
    goods = [Product(product_id="p1", title_en="Thing", stock_units=140)]

    def bought_of(n: int, in_cart: int, pieces: int) -> list[Any]:
        who = f"v{n}"
        return [
            event("add_to_cart", 600 * n, visitor_id=who, quantity=in_cart),
            event("purchase", 600 * n + 60, visitor_id=who, quantity=pieces, order_id=f"o{n}x"),
        ]

    rows = [row for n in range(60) for row in bought_of(n, 1 + n % 3, 1 + n % 3)]
    odd = [bought_of(60, 140, 2), bought_of(61, 140, 140), bought_of(62, 139, 1)]
    run = cleaned([*rows, *(row for pair in odd for row in pair)], goods)
    assert found_by(run, "row_against_order") == {("0:121", "note")}


def test_stars_in_the_text_of_a_review_contradict_its_rating(event: Any, cleaned: Any) -> None:
    odd = [
        ("Easily 5 stars! My son loves it.", 1),
        ("满满的五颗星！质量不错", 1),
        ("果断五星好评", 2),
        ("Zero stars. It broke at once.", 5),
        ("太失望了，最多给一星", 4),
        ("半颗星都不想给", 5),
    ]
    fine = [
        ("Five stars. Great.", 5),
        ("I wanted to give five stars.", 2),
        ("本来想给五星", 1),
        ("Five stars for the seller, the thing is broken", 1),
        ("快递太慢，只能给一星", 5),
        ("Do not believe the five star reviews", 1),
        ("five star hotel quality", 2),
        ("One star of the lights is missing", 4),
        ("五星红旗图案", 1),
        ("5 stars, but it broke", 2),
    ]
    plain = [("Works as it should.", 4)] * 150
    rows = [
        event("review", 60 * n, visitor_id=f"v{n}", text=text, rating=rating)
        for n, (text, rating) in enumerate([*odd, *fine, *plain])
    ]
    run = cleaned(rows)
    assert found_by(run, "contradictory_rating") == {(f"0:{n}", "note") for n in range(1, 7)}
    assert run.details()["0:4", "contradictory_rating"]["stars_in_text"] == 1
