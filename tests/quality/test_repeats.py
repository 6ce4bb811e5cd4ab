"""Floods within seconds are named as floods; lines of an order that come again are one line."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.checks("duplicates")


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
        ("0:5", "note"),  # all of an order, again under another id
        ("0:9", "note"),
    }


def test_the_same_event_every_few_seconds_for_minutes_is_a_flood(event: Any, cleaned: Any) -> None:
    def page(visitor: str, n: int, gap: float) -> list[Any]:
        return [
            event(
                "impression",
                gap * i + 0.01 * place,
                visitor_id=visitor,
                query_id=f"{visitor}q",
                product_id=f"p{place}",
                position=place,
            )
            for i in range(n)
            for place in (1, 2)
        ]

    reload, carousel, patient = page("r", 55, 2.1), page("c", 20, 4), page("s", 60, 11)
    hoarder = [event("add_to_cart", 1.7 * i, visitor_id="h", quantity=1) for i in range(60)]
    run = cleaned([*reload, *carousel, *patient, *hoarder])
    flooded = {row for row, check, _ in run.found() if check == "flood_of_copies"}
    first_of_hoarder = 1 + 2 * (55 + 20 + 60)
    assert flooded == {
        *(f"0:{i}" for i in range(1, 111)),
        *(f"0:{i}" for i in range(first_of_hoarder, first_of_hoarder + 60)),
    }
    assert run.details()["0:1", "flood_of_copies"]["acts"] == 55


def test_a_whole_order_again_under_another_id_is_noted(event: Any, cleaned: Any) -> None:
    def line(seconds: float, order: str, product: str, visitor: str = "v", **other: Any) -> Any:
        values = {"quantity": 1, "price_minor": 500} | other
        return event(
            "purchase", seconds, order_id=order, product_id=product, visitor_id=visitor, **values
        )

    run = cleaned(
        [
            line(0, "o1", "p1"),
            line(0, "o1", "p2"),
            line(25, "o2", "p1"),  # both lines again
            line(25, "o2", "p2"),
            line(40, "o3", "p1"),  # one more that is new: an order of its own
            line(40, "o3", "p3"),
            line(20, "o4", "p1", "w"),  # of somebody else
            line(900, "o5", "p1"),  # later
        ]
    )
    assert {
        (row, action) for row, check, action in run.found() if check == "repeated_order_line"
    } == {("0:3", "note"), ("0:4", "note")}
    assert run.details()["0:3", "repeated_order_line"]["of_order"] == "o1"


def test_a_buyer_for_several_branches_repeats_no_order(event: Any, cleaned: Any) -> None:
    def order(n: int, seconds: float, visitor: str) -> Any:
        return event(
            "purchase", seconds, order_id=f"{visitor}{n}", visitor_id=visitor, product_id="p1"
        )

    minutes = (0, 5, 6, 30, 120)
    branches = [order(n, 60 * m, "buyer") for n, m in enumerate(minutes)]
    retries = [order(n, 9 * n, "client") for n in range(5)]  # the same, but all at one time
    found = {row for row, check, _ in cleaned([*branches, *retries]).found() if "order" in check}
    assert found == {f"0:{n}" for n in range(7, 11)}


@pytest.mark.checks("shared_order_id")
def test_an_order_id_of_two_visitors_is_noted_unless_ids_begin_again_each_day(
    event: Any, cleaned: Any
) -> None:
    def order(n: int, visitor: str, seconds: float = 0) -> Any:
        return event("purchase", seconds + n, order_id=f"o{n}", visitor_id=visitor, quantity=1)

    orders = [order(n, f"v{n}") for n in range(60)]
    run = cleaned([*orders, order(7, "other", 5000)])
    shared = {(row, action) for row, check, action in run.found() if check == "shared_order_id"}
    assert shared == {("0:8", "note"), ("0:61", "note")}
    long = [
        event("purchase", n, order_id="o7", visitor_id="v7", product_id=f"x{n}") for n in (1, 2)
    ]
    run = cleaned([*orders, *long, order(7, "other", 5000)])  # three lines of four are v7's
    assert {row for row, check, _ in run.found() if check == "shared_order_id"} == {"0:63"}
    again = [order(n, f"w{n}", 86_400) for n in range(60)]
    assert not {
        row for row, check, _ in cleaned([*orders, *again]).found() if check == "shared_order_id"
    }


def test_one_review_by_many_visitors_is_noted(event: Any, cleaned: Any) -> None:
    def review(n: int, said: str, product: str = "p1", visitor: str = "v") -> Any:
        return event(
            "review", 100 * n, visitor_id=f"{visitor}{n}", product_id=product, text=said, rating=5
        )

    bought = [review(n, "Best thing I ever bought, buy it now!") for n in range(9)]
    in_chinese = [review(n, "质量非常好，推荐大家购买！", "p2", "c") for n in range(9)]
    short = [review(n, "Very good!", "p3", "s") for n in range(30)]
    few = [review(n, "I use it every day and like it a lot.", "p3", "f") for n in range(5)]
    default = "The buyer did not leave a review for this purchase."
    unsaid = [review(n, default, f"p{1 + n % 3}", "d") for n in range(9)]
    # many a buyer copies one praise below all that was bought
    copied = "快递很快，包装也结实，东西和图片上一样，用了几天没有问题，客服回答得很耐心，下次还会再来买。"
    of_all = [review(n, copied, f"p{1 + n % 3}", "e") for n in range(9)]
    run = cleaned([*bought, *in_chinese, *of_all, *short, *few, *unsaid])
    noted = {(row, action) for row, check, action in run.found() if check == "same_review"}
    assert noted == {(f"0:{i}", "note") for i in range(1, 28)}


def test_two_carts_faster_than_a_hand_are_noted(event: Any, cleaned: Any) -> None:
    times = (
        0,
        0.06,
        0.5,
        20,
        20.5,
        40,
        40.3,
        60,
        60.3,
        60.6,
    )  # a double tap, and a hand that means three
    taps = [event("add_to_cart", at, quantity=1) for at in times]
    assert cleaned(taps).found() == {
        ("0:2", "same_content", "note"),
        ("0:7", "same_content", "note"),
    }


def test_a_stay_that_took_as_long_to_the_millisecond_is_one_stay(event: Any, cleaned: Any) -> None:
    def stays(at: float, *gaps: float, ms: int) -> list[Any]:
        return [
            event("dwell", at + gap, dwell_ms=ms, visitor_id=f"v{at}", query_id=f"q{at}")
            for gap in (0, *gaps)
        ]

    log = stays(0, 3.2, ms=15_212)
    log += stays(100, 20, ms=15_212)  # the first was over
    log += stays(200, 10, 20, ms=10_001)  # a beat every ten seconds
    log += stays(300, 3, ms=15_000)  # whole seconds are no measure
    run = cleaned(log)
    assert {row for row, check, _ in run.found() if check == "same_content"} == {"0:2"}
