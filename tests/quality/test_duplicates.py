from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from baihuo.core import Product
from baihuo.quality import QualityRules

pytestmark = pytest.mark.checks("duplicates")


def test_a_retry_is_merged_into_the_row_received_first(event: Any, at: Any, cleaned: Any) -> None:
    first = event(received_at_us=at(1))
    run = cleaned(
        [replace(first, received_at_us=at(9)), first, replace(first, received_at_us=at(5))]
    )
    assert run.found() == {("0:1", "same_id", "merge"), ("0:3", "same_id", "merge")}
    assert [r["line"] for r in run.rows("events")] == [2]
    assert run.details()["0:1", "same_id"] == {"event_id": first.event_id, "kept": "0:2"}


def test_one_id_on_two_facts_is_no_retry(event: Any, cleaned: Any) -> None:
    first = event(seconds=0)
    other = event(seconds=5, event_id=first.event_id, product_id="p2")
    run = cleaned([other, first])
    assert run.found() == {("0:1", "reused_id", "quarantine")}


def test_a_copy_under_another_id_is_merged_within_the_window(event: Any, cleaned: Any) -> None:
    cases = (
        ("click", 0, True),
        ("click", 0.9, True),
        ("click", 1.5, False),
        ("add_to_cart", 0, True),
        ("add_to_cart", 0.5, False),  # two taps can be meant
        ("purchase", 0, True),
    )
    pairs = [
        (event(kind, gap_s, visitor_id=f"v{n}"), event(kind, 0, visitor_id=f"v{n}"))
        for n, (kind, gap_s, _) in enumerate(cases)
    ]
    run = cleaned([one for pair in pairs for one in pair])
    # where nothing tells them apart but their lines, the lower stays
    merged = [2 * n + (1 if gap_s else 2) for n, (_, gap_s, is_one) in enumerate(cases) if is_one]
    assert run.found() == {(f"0:{line}", "same_content", "merge") for line in merged}


def test_rows_that_differ_in_anything_are_not_copies(event: Any, cleaned: Any) -> None:
    others: list[dict[str, Any]] = [
        {"visitor_id": "w"},
        {"product_id": "p2"},
        {"query_id": "q"},
        {"position": 3},
        {"order_id": "o"},
        {"quantity": 2},
        {"text": "good"},
    ]
    rows = [event("review", rating=4.0, **other) for other in ({}, *others)]
    assert cleaned(rows).found() == set()


def test_a_chain_of_copies_becomes_one(event: Any, cleaned: Any) -> None:
    run = cleaned([event("click", i * 0.8) for i in range(5)] + [event("click", 60)])
    assert [r["line"] for r in run.rows("events")] == [1, 6]


def test_a_retry_of_a_copy_leaves_one_row(event: Any, at: Any, cleaned: Any) -> None:
    a, b = event("click", 0), event("click", 0.5)
    run = cleaned([a, b, replace(b, received_at_us=at(30)), replace(a, received_at_us=at(31))])
    assert len(run.rows("events")) == 1
    total = run.report.table("events")
    assert (total.n_in, total.n_kept, total.n_merged) == (4, 1, 3)


def test_the_window_is_a_setting(event: Any, cleaned: Any) -> None:
    rules = QualityRules.model_validate({"duplicates": {"window_ms": 0}})
    assert cleaned([event("click", 0), event("click", 0.5)], rules=rules).found() == set()


def test_a_newer_row_of_a_product_takes_its_place_and_a_line_sent_twice_is_merged(
    cleaned: Any,
) -> None:
    old = Product(product_id="a", title_en="Old title", updated_at_us=1)
    new = Product(product_id="a", title_en="New title", updated_at_us=2)
    twice = Product(product_id="b", title_en="B")
    run = cleaned([], [new, old, twice, twice])
    assert run.found() == {("0:2", "same_product", "merge"), ("0:3", "same_product", "merge")}
    assert {r["product_id"]: r["title_en"] for r in run.rows("products")} == {
        "a": "New title",
        "b": "B",
    }


def test_one_id_for_two_products_of_one_file_loses_neither_silently(cleaned: Any) -> None:
    pan = Product(product_id="x7", title_en="Iron frying pan", brand="Dunmarsh", updated_at_us=1)
    boots = Product(product_id="x7", title_en="Leather boots", brand="Tongshan", updated_at_us=2)
    renamed = Product(product_id="x7", title_en="Boots", brand="TONGSHAN ", updated_at_us=0)
    run = cleaned([], [pan, boots, renamed])
    found = {f for f in run.found() if f[1] == "same_product"}
    assert found == {("0:1", "same_product", "quarantine"), ("0:3", "same_product", "merge")}
    assert [r["title_en"] for r in run.rows("products")] == ["Leather boots"]


def test_a_flood_within_seconds_is_no_retry(event: Any, cleaned: Any) -> None:
    burst = [event("click", i * 0.05, query_id="q") for i in range(80)]
    twice = [replace(one, event_id=f"{one.event_id}-again") for one in burst[:3]]
    run = cleaned([*burst, *twice])
    assert {(check, action) for _, check, action in run.found()} == {
        ("flood_of_copies", "quarantine")
    }
    assert len(run.found()) == 83  # copies of one instant are of the flood, too


def test_twelve_copies_in_seconds_are_a_flood_of_one_visitor(
    event: Any, cleaned: Any, at: Any
) -> None:
    flood = [event("click", 0.3 * i, visitor_id="loop") for i in range(12)]
    doubles = [event("click", 100 + 0.3 * i, visitor_id="keen") for i in range(3)]
    taps = [event("add_to_cart", 200 + 0.2 * i, visitor_id="stuck") for i in range(15)]
    run = cleaned([*flood, *doubles, *taps])
    found = run.found()
    assert {
        row for row, check, action in found if (check, action) == ("flood_of_copies", "quarantine")
    } == {*(f"0:{i}" for i in range(1, 13)), *(f"0:{i}" for i in range(16, 31))}
    assert {row for row, check, _ in found if check == "same_content"} == {"0:14", "0:15"}
    detail = run.details()["0:1", "flood_of_copies"]
    assert (detail["whose"], detail["acts"], detail["from_us"], detail["to_us"]) == (
        "loop",
        12,
        at(),
        at(3.3),
    )


def test_units_written_line_by_line_at_one_instant_are_no_flood(event: Any, cleaned: Any) -> None:
    lines = [event("purchase", 5, order_id="o1", quantity=1, price_minor=500) for _ in range(12)]
    found = cleaned([event("click"), *lines]).found()
    assert {check for _, check, _ in found} == {"same_content"}


def test_a_line_of_an_order_again_seconds_later_is_one_line(event: Any, cleaned: Any) -> None:
    def line(seconds: float, **other: Any) -> Any:
        values = {"order_id": "o1", "quantity": 2, "price_minor": 500} | other
        return event("purchase", seconds, **values)

    run = cleaned(
        [
            event("click", -5),
            line(0),
            line(7),
            line(40),
            line(8, order_id="o2"),
            line(9, quantity=1),
            line(300),
            line(400, order_id=None),
            line(405, order_id=None),
            line(450, order_id=None),
        ]
    )
    assert {
        (row, action) for row, check, action in run.found() if check == "repeated_order_line"
    } == {("0:3", "merge"), ("0:4", "merge")}


@pytest.mark.checks("shared_order_id")
def test_a_line_of_another_visitor_in_an_order_is_noted_unless_ids_begin_again_each_day(
    event: Any, cleaned: Any
) -> None:
    def order(n: int, visitor: str, seconds: float = 0) -> Any:
        return event("purchase", seconds + n, order_id=f"o{n}", visitor_id=visitor, quantity=1)

    orders = [order(n, f"v{n}", 60 * line) for n in range(60) for line in range(2)]
    run = cleaned([*orders, order(7, "other", 5000)])
    shared = {(row, action) for row, check, action in run.found() if check == "shared_order_id"}
    assert shared == {("0:121", "note")}
    again = [order(n, f"w{n}", 86_400) for n in range(60)]
    assert not {
        row for row, check, _ in cleaned([*orders, *again]).found() if check == "shared_order_id"
    }


def test_an_impression_again_on_its_page_is_noted_and_a_second_click_is_not(
    event: Any, cleaned: Any
) -> None:
    shown = [event("impression", 60 * n, query_id=f"q{n}", position=1) for n in range(60)]
    again = event("impression", 5 * 60 + 3, query_id="q5", position=1)
    elsewhere = event("impression", 6 * 60 + 3, query_id="q7000", position=1)
    clicks = [event("click", 420 + n, query_id="q7", position=1) for n in (10, 13)]
    run = cleaned([*shown, again, elsewhere, *clicks])
    assert run.found() == {("0:61", "repeated_on_page", "note")}
    usual = [event("impression", 60 * n + 4, query_id=f"q{n}", position=1) for n in range(60)]
    assert not cleaned([*shown, *usual]).found()
