from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.checks("labels")

MINUTE = 60


def page(
    event: Any,
    query: str,
    products: str = "p1 p2 p3",
    start: float = 0.0,
    first: int = 1,
    **other: Any,
) -> list[Any]:
    """Impressions of one page, a second apart, from the top down."""
    return [
        event(
            "impression",
            start + i,
            product_id=p,
            query_id=query,
            position=first + i,
            surface="search",
            **other,
        )
        for i, p in enumerate(products.split())
    ]


def positions(done: Any) -> dict[str, int | None]:
    return {f"{r['import_id']}:{r['line']}": r["position"] for r in done.rows("events")}


# --- what is contradicted -----------------------------------------------------------------------


def test_the_last_rating_of_a_purchase_counts(cleaned: Any, event: Any) -> None:
    log = [
        event("review", 0, rating=1.0, order_id="o"),
        event("review", 1_000, rating=5.0, order_id="o"),
        event("review", 500, rating=4.0, order_id="o"),  # a star apart is no contradiction
        event("review", 0, rating=1.0, order_id="other"),
        *(event("review", 60, rating=r, order_id="same moment") for r in (1.0, 5.0)),
    ]
    done = cleaned(log)
    assert done.found() == {("0:1", "contradictory_rating", "merge")}
    assert done.details()["0:1", "contradictory_rating"]["kept"] == "0:2"


def test_an_opinion_that_changed_after_a_year_is_not_a_contradiction(
    cleaned: Any, event: Any
) -> None:
    log = [event("review", 86_400 * d, rating=r) for d, r in ((0, 1.0), (60, 5.0))]
    assert not cleaned(log).found()


def test_an_order_line_undone_within_minutes_goes_with_its_cancel(cleaned: Any, event: Any) -> None:
    log = [
        event("impression", -60),
        event("purchase", 0, quantity=2, order_id="o"),
        event("cancel", 300, quantity=1, order_id="o"),
        event("cancel", 600, quantity=1, order_id="o"),
    ]
    assert cleaned(log).found() == {(f"0:{i}", "undone_purchase", "quarantine") for i in (2, 3, 4)}


@pytest.mark.parametrize(
    ("seconds", "quantity"), [(31 * MINUTE, 2), (300, 1)], ids=["later", "in part"]
)
def test_a_cancel_that_is_late_or_partial_leaves_the_purchase(
    cleaned: Any, event: Any, seconds: int, quantity: int
) -> None:
    log = [
        event("impression", -60),
        event("purchase", 0, quantity=2, order_id="o"),
        event("cancel", seconds, quantity=quantity, order_id="o"),
    ]
    assert not cleaned(log).found()


def test_a_credit_note_under_its_own_number_is_noted(cleaned: Any, event: Any) -> None:
    log = [
        event("impression", -60),
        event("purchase", 0, quantity=12, order_id="489560"),
        event("cancel", 780, quantity=12, order_id="C489563"),
    ]
    done = cleaned(log)
    assert done.found() == {("0:2", "purchase_taken_back", "note")}
    assert done.details()["0:2", "purchase_taken_back"] == {
        "order_id": "489560",
        "by_order": "C489563",
        "units": 12,
        "after_minutes": 13.0,
    }


def test_two_products_clicked_at_one_place_of_a_page_without_impressions(
    cleaned: Any, event: Any
) -> None:
    log = [event("click", i, product_id=f"p{i + 1}", query_id="q", position=3) for i in range(2)]
    assert cleaned(log).found() == {(f"0:{i}", "contradictory_click", "note") for i in (1, 2)}


# --- positions ----------------------------------------------------------------------------------


def test_one_click_elsewhere_is_noted_only(cleaned: Any, event: Any) -> None:
    log = [
        *page(event, "q"),
        event("click", 20, product_id="p1", query_id="q", position=1),
        event("click", 30, product_id="p3", query_id="q", position=2),
    ]
    done = cleaned(log)
    assert done.found() == {("0:5", "wrong_position", "note")}
    assert done.details()["0:5", "wrong_position"] == {"told": 2, "shown": 3}


@pytest.mark.checks("product_twice", "shared_position")
def test_two_products_at_one_position_and_one_product_at_two_are_noted(
    cleaned: Any, event: Any
) -> None:
    log = [
        *page(event, "q", "p1 p2"),
        event("impression", 5, product_id="p3", query_id="q", position=2, surface="search"),
    ]
    assert cleaned(log).found() == {(f"0:{i}", "shared_position", "note") for i in (2, 3)}
    log = page(event, "q", "p1 p2 p1")
    assert cleaned(log).found() == {(f"0:{i}", "product_twice", "note") for i in (1, 3)}


def test_a_product_seen_again_at_its_position_is_right(cleaned: Any, event: Any) -> None:
    log = [*page(event, "q"), *page(event, "q", start=600)]
    assert not cleaned(log).found()


def test_sections_that_each_count_from_one_are_a_layout(cleaned: Any, event: Any) -> None:
    log = []
    for i in range(25):
        for j, product in enumerate(("p1", "p2")):
            log.append(
                event(
                    "impression",
                    100 * i + j,
                    product_id=product,
                    query_id=f"q{i}",
                    position=1,
                    surface="home",
                )
            )
    assert not cleaned(log).found()


# --- queries that were lost ---------------------------------------------------------------------


def test_a_click_without_a_query_finds_the_one_page_that_fits(cleaned: Any, event: Any) -> None:
    log = [
        *page(event, "q", session_id="s"),
        event("click", 20, session_id="s", surface="search", position=1),
        event("purchase", 50, session_id="s", surface="search"),
    ]
    done = cleaned(log)
    assert done.found() == {(f"0:{i}", "recovered_query", "repair") for i in (4, 5)}
    assert {r["query_id"] for r in done.rows("events")} == {"q"}


def test_two_pages_that_fit_are_none(cleaned: Any, event: Any) -> None:
    log = [
        *page(event, "q", session_id="s"),
        *page(event, "r", start=10, session_id="s"),
        event("click", 20, session_id="s", surface="search"),
    ]
    assert not cleaned(log).found()


def test_a_page_after_the_click_in_another_visit_or_position_does_not_fit(
    cleaned: Any, event: Any
) -> None:
    click = event("click", 20, session_id="s", surface="search", position=3)
    for other in (
        page(event, "q", session_id="another"),
        page(event, "q", start=25, session_id="s"),
        page(event, "q", session_id="s"),
    ):
        assert not {check for _, check, _ in cleaned([*other, click]).found()} & {"recovered_query"}


def test_where_pages_have_no_queries_none_is_missed(cleaned: Any, event: Any) -> None:
    log = [
        event("impression", 0, surface="home", position=1),
        event("click", 5, surface="home", position=1),
        event("purchase", 50),
    ]
    assert not cleaned(log).found()
