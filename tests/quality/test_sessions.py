from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import Any

import pyarrow as pa
import pytest

from baihuo.engine import DuckTables
from baihuo.quality.checks.sessions.checks import _SESSION_SPANS

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
        "because": "they alternate",
        "ids": 2,
    }


def test_visitor_and_session_in_each_others_column_are_put_right(cleaned: Any, event: Any) -> None:
    log = [
        event(
            "click", 5000 * v + 10 * i, visitor_id=f"u{v}", session_id=f"s{v}", event_id=f"e{v}.{i}"
        )
        for v in range(40)
        for i in range(3)
    ]
    log += [
        event("click", 5000 * 3 + 25, visitor_id="s3", session_id="u3", event_id="swapped"),
        event(
            "purchase",
            5000 * 3 + 26,
            visitor_id="s3",
            session_id="u3",
            event_id="order",
            quantity=1,
        ),
        # the visit was nobody's else, so it stays: but it is no session of two visitors
        event("click", 90_000, visitor_id="s4", session_id="u5", event_id="across"),
    ]
    done = cleaned(log)
    fixed = {r["event_id"]: (r["visitor_id"], r["session_id"]) for r in done.rows("events")}
    assert fixed["swapped"] == fixed["order"] == ("u3", "s3")
    assert fixed["across"] == ("s4", "u5")
    found = {
        (row, check, action) for row, check, action in done.found() if check != "session_changed"
    }
    assert found == {
        ("0:121", "swapped_ids", "repair"),
        ("0:122", "swapped_ids", "repair"),
        ("0:123", "swapped_ids", "note"),
    }


def test_a_shop_that_calls_sessions_by_their_visitor_is_left(cleaned: Any, event: Any) -> None:
    log = [
        event("click", 5000 * v + 10 * i, visitor_id=f"u{v}", session_id=f"u{v}")
        for v in range(40)
        for i in range(3)
    ]
    assert not cleaned(log).found()


@pytest.mark.checks("session_changed")
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
    # nor can it be known where the device is not known: that is noted
    done = cleaned([event("click", 10 * i, session_id="ab"[i % 2]) for i in range(8)])
    assert done.found() == {("0:2", "session_changed", "note")}


def test_a_new_id_at_each_page_becomes_the_first(cleaned: Any, event: Any) -> None:
    log = [
        event("impression", 20 * i, session_id=f"s{i}", query_id=f"q{i}", position=1, **WHERE)
        for i in range(4)
    ]
    assert set(sessions(cleaned(log)).values()) == {"s0"}


@pytest.mark.checks("broken_session", "session_changed")
def test_one_page_under_two_ids_is_certain_and_one_change_between_pages_is_noted(
    cleaned: Any, event: Any
) -> None:
    broken = [
        event(
            "impression",
            i,
            session_id="ab"[i > 1],
            query_id="q",
            position=i + 1,
            product_id=f"p{i % 3 + 1}",
            **WHERE,
        )
        for i in range(3)
    ]
    assert {c for _, c, _ in cleaned(broken).found()} == {"broken_session"}
    apart = [
        event("impression", 20 * i, session_id="ab"[i > 1], query_id=f"q{i}", position=1, **WHERE)
        for i in range(4)
    ]
    done = cleaned(apart)
    assert done.found() == {("0:3", "session_changed", "note")}
    assert set(sessions(done).values()) == {"a", "b"}


def test_a_new_visit_after_a_pause_is_left_alone(cleaned: Any, event: Any) -> None:
    log = [event("click", 600 * i, session_id=f"s{i}", query_id=f"q{i}", **WHERE) for i in range(4)]
    assert not cleaned(log).found()


def test_days_under_one_id_become_visits(cleaned: Any, event: Any) -> None:
    day = 86_400
    log = [
        event("click", s, session_id="old", event_id=f"e{s}")
        for s in (0, 60, day, day + 60, 3 * day)
    ]
    log += [
        event("purchase", 2 * day, session_id="old", event_id="later"),  # paid by bank transfer
        event("review", 3 * day + 60, session_id="old", event_id="review", rating=5.0),
    ]
    done = cleaned(log)
    of = sessions(done)
    assert of["e0"] == of["e60"] == "old" == of["review"]
    assert of[f"e{day}"] == of[f"e{day + 60}"] == of["later"] != "old"
    assert len({of["e0"], of[f"e{day}"], of[f"e{3 * day}"]}) == 3
    detail = done.details()["0:3", "merged_session"]
    assert (detail["old"], detail["because"], detail["idle_hours"]) == ("old", "idle", 24.0)


def test_a_tab_that_was_read_all_night_is_one_visit(cleaned: Any, event: Any) -> None:
    hours = 9 * 3600
    log = [
        event("click", 0, session_id="s"),
        event("dwell", hours, session_id="s", dwell_ms=hours * 1000),
    ]
    assert not cleaned(log).found()


def test_everybody_under_a_placeholder_gets_an_id_of_their_own(cleaned: Any, event: Any) -> None:
    log = [
        event("click", 100 * v + s, session_id="0", visitor_id=f"v{v}", event_id=f"{v}/{s}")
        for v in range(6)
        for s in (0, 5)
    ]
    of = sessions(cleaned(log))
    assert of["0/0"] == of["0/5"] == "0"
    assert len({of[f"{v}/0"] for v in range(6)}) == 6
    assert all(of[f"{v}/0"] == of[f"{v}/5"] for v in range(6))


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


def test_one_page_under_two_names_is_one_visit(cleaned: Any, event: Any) -> None:
    """The page carries the id of the cookie, its clicks that of the account."""
    log = [
        event(
            "impression", 40 * i, session_id="s", visitor_id="cookie", query_id=f"q{i}", position=1
        )
        for i in range(3)
    ]
    log += [
        event(
            "click", 40 * i + 5, session_id="s", visitor_id="account", query_id=f"q{i}", position=1
        )
        for i in range(3)
    ]
    assert not {c for _, c, _ in cleaned(log).found()} & {"merged_session", "broken_session"}


def test_two_visitors_with_pages_of_their_own_at_once_share_a_cached_id(
    cleaned: Any, event: Any
) -> None:
    log = [
        event(
            "impression",
            30 * i + 3 * (v == "w"),
            session_id="s",
            visitor_id=v,
            query_id=f"{v}{i}",
            position=1,
            event_id=f"{v}{i}",
        )
        for i in range(3)
        for v in "vw"
    ]
    of = sessions(cleaned(log))
    assert {of[f"v{i}"] for i in range(3)} == {"s"}
    assert len({of[f"w{i}"] for i in range(3)}) == 1
    assert of["w0"] != "s"


@pytest.mark.checks("merged_session")
def test_a_clock_that_jumps_makes_no_second_visit(cleaned: Any, event: Any, at: Any) -> None:
    """Ours saw no pause. Where all was received at one time, ours says nothing."""
    wrong = [event("click", i, session_id="a", occurred_at_us=at(i - 9 * 3_600)) for i in range(3)]
    right = [event("click", 60 + i, session_id="a", product_id="p2") for i in range(3)]
    assert "merged_session" not in {check for _, check, _ in cleaned([*wrong, *right]).found()}
    apart = [
        event("click", hours * 3_600, session_id="a", received_at_us=at(20 * 3_600))
        for hours in (0, 9)
    ]
    assert "merged_session" in {check for _, check, _ in cleaned(apart).found()}


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


def test_a_row_that_strayed_under_anothers_id_goes_home_and_renames_nobody(
    cleaned: Any, event: Any
) -> None:
    def visit(name: str, at: float, session: str) -> list[Any]:
        return [
            event(
                kind,
                at + 5 * i,
                visitor_id=name,
                session_id=session,
                query_id=f"q-{session}",
                product_id=f"p{i % 3 + 1}",
                position=i % 3 + 1,
                event_id=f"{session}.{i}",
                **WHERE,
            )
            for i, kind in enumerate(["impression"] * 3 + ["click"] * 3)
        ]

    log = [*visit("ann", 0, "a"), *visit("bob", 90_000, "b"), *visit("eve", 200_000, "e")]
    # one before and one after the visit whose id they have; the first also looked at another device
    log[4] = replace(log[4], session_id="b")
    log[3] = replace(log[3], device="desktop", platform="web")
    log[16] = replace(log[16], session_id="b")
    done = cleaned(log)
    assert sessions(done) == {r.event_id: r.event_id[0] for r in log}
    assert {row for row, check in done.details() if check != "session_changed"} <= {
        "0:5",
        "0:17",
        "0:4",
    }


def test_a_stay_in_another_unit_takes_no_visit_before_it(cleaned: Any, event: Any) -> None:
    def visit(at: float, session: str, stay_ms: int) -> list[Any]:
        page = {"session_id": session, "query_id": f"q-{session}", "product_id": "p1", **WHERE}
        return [
            event("impression", at, **page),
            event("click", at + 5, **page),
            event("dwell", at + 22, dwell_ms=stay_ms, **page),
        ]

    # of seconds in microseconds, which says four hours and more: all other visits of the day lie within
    log = visit(0, "a", 17_000) + visit(3000, "b", 9_000) + visit(6000, "c", 17_000_000)
    log = [replace(e, event_id=f"e{i}") for i, e in enumerate(log)]
    done = cleaned(log)
    assert [r["session_id"] for r in done.rows("events")] == list("aaabbbccc")
    # no stay is believed for longer than an hour where its visit has nothing before it
    alone = [e for i, e in enumerate(log) if i not in (6, 7)]
    assert [r["session_id"] for r in cleaned(alone).rows("events")] == list("aaabbbc")


def test_rows_at_one_moment_begin_a_visit_with_the_longest_stay_in_any_order() -> None:
    """Of a click and two stays that came at once, whichever was read first had begun the visit."""
    common = {"session_id": "s", "visitor_id": "v", "device": "d", "platform": "p"}
    rows = [
        {"event_type": kind, "occurred_at_us": at, "received_at_us": at, "dwell_ms": ms, **common}
        for kind, at, ms in (
            ("click", 10**15, None),
            ("dwell", 10**15, 4_000),
            ("dwell", 10**15, 9_000),
            ("dwell", 10**15 + 1, 900_000),
        )
    ]
    for order in permutations(rows):
        spans = DuckTables(threads=1).sql(
            _SESSION_SPANS(rows="log"), log=pa.Table.from_pylist(list(order))
        )
        assert spans["first_us"].to_pylist() == [10**15 - 9_000_000]
        assert spans["first_row_us"].to_pylist() == [10**15]
