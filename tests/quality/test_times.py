from __future__ import annotations

import random
from typing import Any

import pytest

from baihuo.quality.checks.schema import checks as schema
from baihuo.quality.checks.times import checks as times
from baihuo.quality.registry import STEPS_BY_TABLE

pytestmark = pytest.mark.checks("times")

HOUR, DAY = 3_600, 86_400


@pytest.fixture(autouse=True)
def only_clocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other steps look at other things of these events, and take their time."""
    monkeypatch.setitem(STEPS_BY_TABLE, "products", (schema.STEP,))
    monkeypatch.setitem(STEPS_BY_TABLE, "events", (times.STEP,))


def test_a_clock_is_judged_by_how_far_it_is_from_ours(event: Any, at: Any, cleaned: Any) -> None:
    expected = {
        0: None,
        59: None,
        61: "received_before_it_occurred",
        HOUR - 1: "received_before_it_occurred",
        HOUR + 1: "from_the_future",
        400 * DAY: "from_the_future",
        -89 * DAY: None,
        -91 * DAY: "too_late",
    }
    run = cleaned([event(visitor_id=f"v{s}", occurred_at_us=at(s)) for s in expected])
    found = {(row, check) for row, check, _ in run.found()}
    assert found == {(f"0:{n}", check) for n, check in enumerate(expected.values(), 1) if check}


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


# --- off by one amount --------------------------------------------------------------------------


def log(
    event: Any,
    visitor: str,
    *,
    off: float = 0,
    n: int = 24,
    days: float = 3,
    lag: Any = None,
    **other: Any,
) -> list[Any]:
    """``n`` events over ``days``, sent within a second or after ``lag``, by a clock ``off`` seconds off."""
    rng, made = random.Random(visitor), []
    for i in range(n):
        sent = i * days * DAY / n + rng.random() * 30
        late = rng.random() if lag is None else lag(i)
        came = event("click", sent + late)
        made.append(
            event(
                "click",
                sent + off,
                received_at_us=came.received_at_us,
                visitor_id=visitor,
                product_id=f"p{i % 3 + 1}",
                query_id=f"{visitor}{i}",
                **other,
            )
        )
    return made


def checks_by_visitor(run: Any, events: list[Any]) -> dict[str, set[str]]:
    """What was found of each visitor."""
    found: dict[str, set[str]] = {e.visitor_id: set() for e in events}
    for row, check, _ in run.found():
        found[events[int(row.split(":")[1]) - 1].visitor_id].add(check)
    return found


def test_local_times_sent_as_utc_are_put_right_and_kept(event: Any, cleaned: Any) -> None:
    zones = (8, 1, -5, 5.5, -3.5, 12)
    abroad = [log(event, f"abroad {hours}", off=hours * HOUR) for hours in zones]
    here = [one for n in range(30) for one in log(event, f"here {n}")]
    events = [*(one for of in abroad for one in of), *here]
    run = cleaned(events)
    wrong = {who: checks for who, checks in checks_by_visitor(run, events).items() if checks}
    assert wrong == {f"abroad {hours}": {"wrong_time_zone"} for hours in zones}
    for row in run.rows("events"):
        assert 0 <= row["received_at_us"] - row["occurred_at_us"] <= 1_000_000
    for n, hours in enumerate(zones):
        detail = run.details()[f"0:{24 * n + 1}", "wrong_time_zone"]
        assert detail["ahead_minutes"] == hours * 60
        assert int(detail["old"]) == abroad[n][0].occurred_at_us
        assert (detail["whose"], detail["events"]) == ("visitor", 24)


def test_only_the_events_since_an_update_are_put_right(event: Any, cleaned: Any) -> None:
    before, after = log(event, "v", n=20), log(event, "v", n=20, off=8 * HOUR, days=2)
    run = cleaned([*before, *after])
    assert run.found() == {(f"0:{i}", "wrong_time_zone", "repair") for i in range(21, 41)}


@pytest.mark.checks("from_the_future", "wrong_time_zone")
def test_a_platforms_zone_repairs_visitors_of_one_event_too(event: Any, cleaned: Any) -> None:
    app = [e for i in range(80) for e in log(event, f"a{i}", n=1, off=8 * HOUR, platform="app")]
    web = [e for i in range(80) for e in log(event, f"w{i}", n=1, platform="web")]
    run = cleaned([*app, *web])
    assert run.found() == {(f"0:{i}", "wrong_time_zone", "repair") for i in range(1, 81)}
    assert run.details()["0:1", "wrong_time_zone"]["whose"] == "import"
    alone = cleaned([*log(event, "a", n=1, off=8 * HOUR, platform="app"), *web])
    assert alone.found() == {("0:1", "from_the_future", "quarantine")}


def test_a_skewed_clock_loses_its_skew_and_keeps_order_and_distances(
    event: Any, cleaned: Any
) -> None:
    rng = random.Random(5)
    skews = {f"v{i}": rng.choice((-1, 1)) * rng.uniform(2, 300) * HOUR for i in range(30)}
    skews |= {"minutes": 700.0, "slow": -2.2 * HOUR}
    skews = {v: s for v, s in skews.items() if 200 < s % 1800 < 1600}
    events = [e for visitor, s in skews.items() for e in log(event, visitor, off=s)]
    run = cleaned(events)
    assert checks_by_visitor(run, events) == {visitor: {"skewed_clock"} for visitor in skews}
    true_us = {
        i: e.occurred_at_us - round(skews[e.visitor_id] * 1e6) for i, e in enumerate(events, 1)
    }
    for row in run.rows("events"):
        assert abs(row["occurred_at_us"] - true_us[row["line"]]) <= 1_000_000
        assert row["occurred_at_us"] <= row["received_at_us"]


def test_what_is_late_is_no_wrong_clock(event: Any, cleaned: Any) -> None:
    late: dict[str, dict[str, Any]] = {
        "a slow connection is no clock": {"lag": lambda i: 900},
        "a queue sent each evening has all delays": {
            "lag": lambda i: 3 * HOUR + 2400 * (i % 7),
            "days": 0.1,
        },
        "a phone without a net sends all at once": {
            "lag": lambda i: 2 * DAY - i * 600,
            "days": 1 / 6,
        },
        "a queue may drain as it filled, for an hour": {
            "lag": lambda i: 2.2 * HOUR,
            "days": 1 / 24,
        },
        "nine events are not many": {"n": 9, "off": -5.1 * HOUR},
    }
    events = [e for why, how in late.items() for e in log(event, why, **how)]
    events += log(event, "here")
    found = checks_by_visitor(cleaned(events), events)
    assert all(not checks for checks in found.values()), found


def test_a_log_with_one_clock_is_not_compared_with_a_second(event: Any, cleaned: Any) -> None:
    run = cleaned(log(event, "v", n=120, lag=lambda i: 0))
    assert run.found() == set()
    assert any(line.startswith("wrong_time_zone, skewed_clock") for line in run.report.not_checked)
