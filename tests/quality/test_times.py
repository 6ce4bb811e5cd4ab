from __future__ import annotations

from typing import Any

import pytest

HOUR, DAY = 3_600, 86_400


@pytest.mark.parametrize(
    ("ahead_s", "expected"),
    [
        (0, None), (59, None), (61, "received_before_it_occurred"), (HOUR - 1, "received_before_it_occurred"),
        (HOUR + 1, "from_the_future"), (400 * DAY, "from_the_future"),
        (-89 * DAY, None), (-91 * DAY, "too_late"),
    ],
)  # fmt: skip
def test_a_clock_is_judged_by_how_far_it_is_from_ours(
    ahead_s: int, expected: str | None, event: Any, at: Any, cleaned: Any
) -> None:
    run = cleaned([event(occurred_at_us=at(ahead_s))])
    assert {c for _, c, _ in run.found()} == ({expected} if expected else set())


def test_a_clock_a_little_ahead_takes_our_time_and_keeps_its_own(
    event: Any, at: Any, cleaned: Any
) -> None:
    run = cleaned([event(occurred_at_us=at(600))])
    assert run.rows("events")[0]["occurred_at_us"] == at()
    detail = run.details()["0:1", "received_before_it_occurred"]
    assert (detail["old"], detail["new"]) == (str(at(600)), str(at()))


def test_a_clock_never_set_and_a_time_not_yet_come(event: Any, at: Any, cleaned: Any) -> None:
    in_s = at() // 1_000_000  # seconds where microseconds belong
    run = cleaned(
        [
            event(occurred_at_us=0, received_at_us=0),
            event(occurred_at_us=in_s, received_at_us=in_s),
            event(occurred_at_us=at(days=400), received_at_us=at(days=400)),
        ]
    )
    assert run.found() == {
        ("0:1", "too_old", "quarantine"),
        ("0:2", "too_old", "quarantine"),
        ("0:3", "not_yet", "quarantine"),
    }


def test_a_clock_that_stands_still_takes_our_times(event: Any, at: Any, cleaned: Any) -> None:
    stuck = [
        event(
            "click",
            i * 20,
            occurred_at_us=at(-5 * DAY),
            product_id=f"p{i % 3 + 1}",
            query_id=f"q{i}",
        )
        for i in range(8)
    ]
    offline = [  # a phone without a net sends its page at once, days later
        event(
            "impression",
            500 + i * 0.01,
            visitor_id="w",
            occurred_at_us=at(-3 * DAY),
            position=i + 1,
        )
        for i in range(24)
    ]
    run = cleaned([*stuck, *offline])
    assert run.found() == {(f"0:{i + 1}", "stuck_clock", "repair") for i in range(8)}
    by_line = {r["line"]: r["occurred_at_us"] for r in run.rows("events")}
    assert [by_line[i + 1] for i in range(8)] == [at(i * 20) for i in range(8)]
    assert run.details()["0:3", "stuck_clock"]["old"] == str(at(-5 * DAY))


def test_times_that_were_rounded_by_an_exporter_are_no_stuck_clock(
    event: Any, at: Any, cleaned: Any
) -> None:
    products = ("p1", "p2", "p3")

    def clicks(seconds: float) -> list[Any]:
        return [
            event("click", seconds, product_id=products[i % 3], query_id=f"q{i}") for i in range(30)
        ]

    assert at() % 60_000_000 == 0
    assert {c for _, c, _ in cleaned(clicks(0)).found()} == set()
    assert {c for _, c, _ in cleaned(clicks(0.123)).found()} == {"frozen_time"}


def test_an_order_of_many_lines_at_one_instant_is_no_stuck_clock(event: Any, cleaned: Any) -> None:
    lines = [event("purchase", 0.5, order_id="o", quantity=i + 1) for i in range(50)]
    assert cleaned(lines).found() == set()
