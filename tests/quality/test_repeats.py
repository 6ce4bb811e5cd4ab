"""Floods within seconds are named as floods; lines of an order that come again are one line."""

from __future__ import annotations

from typing import Any


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
    } == {
        *(f"0:{i}" for i in range(1, 13)),
        *(f"0:{i}" for i in range(16, 31)),
    }
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
    } == {
        ("0:3", "merge"),
        ("0:4", "merge"),
        ("0:9", "note"),
    }
