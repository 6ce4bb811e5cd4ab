from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

pytestmark = pytest.mark.checks("null_word", "sessions")

WHERE = {"device": "phone", "platform": "app"}


def sessions(done: Any) -> dict[str, str]:
    """Event → session id, after cleaning."""
    return {r["event_id"]: r["session_id"] for r in done.rows("events")}


def test_two_ids_that_alternate_on_one_device_become_one(cleaned: Any, event: Any) -> None:
    log = [
        event("click", 10 * i, session_id="ab"[i % 2], query_id=f"q{i}", event_id=f"e{i}", **WHERE)
        for i in range(8)
    ]
    done = cleaned(log)
    assert set(sessions(done).values()) == {"a"}
    found = done.details()
    assert {c for _, c in found} == {"broken_session"}
    assert len(found) == 4
    assert found["0:2", "broken_session"] == {
        "field": "session_id",
        "old": "b",
        "new": "a",
        "changes": 7,
    }


def test_two_devices_at_once_are_two_visits(cleaned: Any, event: Any) -> None:
    log = [
        event(
            "click",
            10 * i,
            session_id="ab"[i % 2],
            device=("phone", "desktop")[i % 2],
            query_id=f"q{i}",
        )
        for i in range(8)
    ]
    assert not cleaned(log).found()
    # nor can it be known where the device is not known
    done = cleaned([event("click", 10 * i, session_id="ab"[i % 2]) for i in range(8)])
    assert not done.found()


def test_a_new_id_at_each_page_becomes_the_first(cleaned: Any, event: Any) -> None:
    log = [
        event("impression", 20 * i, session_id=f"s{i}", query_id=f"q{i}", position=1, **WHERE)
        for i in range(4)
    ]
    assert set(sessions(cleaned(log)).values()) == {"s0"}


def test_a_new_visit_after_a_pause_is_left_alone(cleaned: Any, event: Any) -> None:
    log = [event("click", 600 * i, session_id=f"s{i}", query_id=f"q{i}", **WHERE) for i in range(4)]
    assert not cleaned(log).found()


@pytest.mark.checks("null_word")
def test_a_word_for_null_is_no_session_and_no_good_id_becomes_it(cleaned: Any, event: Any) -> None:
    """One event of a visit lost its id; it came first, or in the middle."""
    for word in ("undefined", "(not set)", "null", "None"):
        log = [
            event(
                "click", 100 * v + s, session_id=word if s == 5 * v else f"s{v}", visitor_id=f"v{v}"
            )
            for v in range(3)
            for s in (0, 5, 10, 15)
        ]
        run = cleaned(log)
        assert {r["session_id"] for r in run.rows("events")} == {None, "s0", "s1", "s2"}
        assert {(c, a) for _, c, a in run.found()} == {("null_word", "repair")}


def test_a_login_in_the_middle_is_one_visit(cleaned: Any, event: Any) -> None:
    log = [
        event(
            "click",
            30 * i,
            session_id="s",
            visitor_id=("cookie", "account")[i > 2],
            query_id=f"q{i}",
            **WHERE,
        )
        for i in range(6)
    ]
    assert not cleaned(log).found()


def test_a_visit_with_one_wrong_date_takes_no_other_visit_in(
    cleaned: Any, event: Any, at: Any
) -> None:
    """Day and month of one search were swapped, so that its visit seems to have begun weeks ago."""
    week = 7 * 86_400
    dated = event("search", 3 * week, session_id="c", occurred_at_us=at(-3600), query_text="tea")
    late = [event("click", 3 * week + 30 * i, session_id="c", **WHERE) for i in range(1, 4)]
    between = [event("click", week + 30 * i, session_id="b", **WHERE) for i in range(6)]
    dated = replace(dated, **WHERE)
    before = {e.event_id: e.session_id for e in (dated, *late, *between)}
    assert sessions(cleaned([dated, *between, *late])) == before


def test_one_stray_row_of_a_later_visit_takes_no_visit_between_into_it(
    cleaned: Any, event: Any
) -> None:
    """A row with a wrong time before (or after) a whole visit is the row's fault, not the visit's."""
    for stray in (-60.0, 900.0):
        later = [stray] + [(1_200.0 if stray < 0 else -900.0) + 10 * i for i in range(6)]
        moments = {"between": [10.0 * i for i in range(8)], "other": later}
        log = [
            event("click", moment, session_id=name, query_id=f"{name}{i}", **WHERE)
            for name, of in moments.items()
            for i, moment in enumerate(of)
        ]
        assert not {c for _, c in cleaned(log).details()} & {"broken_session"}


@pytest.mark.checks("row_against_session")
def test_a_row_from_another_country_than_its_session_is_noted(cleaned: Any, event: Any) -> None:
    log = [
        event("click", 20 * i, session_id=f"s{i // 6}", query_id=f"q{i}", country="DE")
        for i in range(120)
    ]
    log[8] = replace(log[8], country="US")
    done = cleaned(log)
    assert done.found() == {("0:9", "row_against_session", "note")}
    assert done.details()["0:9", "row_against_session"]["expected"] == "DE"
    abroad = [replace(e, country="US") if i % 6 > 2 else e for i, e in enumerate(log)]
    assert not cleaned(abroad).found()  # half of each: nobody knows which is right
