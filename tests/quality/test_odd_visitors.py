"""Ids of visitors that are no plain id of one person."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.checks("no_visitor", "visitor_form", "odd_visitor")


def found_by(run: Any, name: str) -> set[tuple[str, str]]:
    return {(row, action) for row, check, action in run.found() if check == name}


def visits(event: Any, n: int = 60) -> list[Any]:
    return [
        event("click", 10 * v + i, visitor_id=f"u{v}", session_id=f"s{v}")
        for v in range(n)
        for i in range(2)
    ]


def test_what_stands_around_an_id_goes_where_its_visit_has_the_id_plain(
    event: Any, cleaned: Any
) -> None:
    odd = [
        '"u1"',
        "'u2'",
        '{"uid": "u3", "v": 2}',
        "u4; path=/; HttpOnly",
        "visitor=u5; Max-Age=60",
        "U6",
        "%22u7%22",
        " u8",
    ]
    rows = [
        event("click", 10 * v + 5, visitor_id=odd[v - 1], session_id=f"s{v}") for v in range(1, 9)
    ]
    run = cleaned([*visits(event), *rows])
    assert found_by(run, "visitor_form") == {(f"0:{121 + i}", "repair") for i in range(8)}
    assert [r["visitor_id"] for r in run.rows("events") if r["line"] > 120] == [
        f"u{v}" for v in range(1, 9)
    ]


def test_of_another_visit_or_unknown_it_is_noted_and_plain_ids_stay(
    event: Any, cleaned: Any
) -> None:
    rows = [
        event("click", 900, visitor_id='"u1"', session_id="s99"),
        event("click", 910, visitor_id="k2; secure", session_id="s98"),
        event(
            "click", 920, visitor_id="U3", session_id="s97"
        ),  # another person's, for all that is known
        event("click", 930, visitor_id="Anna Lee", session_id="s96"),
        event("click", 940, visitor_id="anna-lee.7@x", session_id="s95"),
    ]
    run = cleaned([*visits(event), *rows])
    assert found_by(run, "visitor_form") == {("0:121", "note"), ("0:122", "note")}
    assert {r["visitor_id"] for r in run.rows("events") if r["line"] > 120} == {
        e.visitor_id for e in rows
    }


def test_rounded_numbers_are_no_visitor_and_tests_and_addresses_no_shopper(
    event: Any, cleaned: Any
) -> None:
    names = [
        "2.01E+11",
        "203.0.113.9",
        "qa_03",
        "Admin",
        "cypress-runner-2",
        "2001:db8::7",
        "testa.rossa",
        "administration",
        "1e5",
        "rootbeer",
        "dev1",
    ]
    run = cleaned(
        [
            *visits(event, 300),
            *(event("click", 5000 + i, visitor_id=n) for i, n in enumerate(names)),
        ]
    )
    assert found_by(run, "no_visitor") == {("0:601", "quarantine")}
    assert found_by(run, "odd_visitor") == {(f"0:{n}", "note") for n in range(602, 607)}


def test_a_shop_whose_visitors_all_are_addresses_or_tests_is_left(event: Any, cleaned: Any) -> None:
    rows = [event("click", i, visitor_id=f"10.0.{i}.7") for i in range(40)]
    rows += [event("click", 100 + i, visitor_id=f"test_user_{i}") for i in range(40)]
    assert found_by(cleaned(rows), "odd_visitor") == set()


def test_a_word_beside_an_id_goes_where_its_visit_has_the_id_plain(
    event: Any, cleaned: Any
) -> None:
    def visit(v: int, name: str, i: int) -> Any:
        return event("click", 10 * v + i, visitor_id=name, session_id=f"s{v}")

    rows = [visit(v, f"8f3a90{v}", i) for v in range(10, 70) for i in range(2)]
    odd = ["guest-8f3a9011", "uid:8f3a9012", "8f3a9013@app", "member|8f3a9014"]
    rows += [visit(v, name, 5) for v, name in enumerate(odd, 11)]
    # of another visit, a shorter id of its own, and a number that is no word
    rows += [visit(70, "guest-8f3a9015", 5), visit(71, "x-u1", 5), visit(16, "99:8f3a9016", 5)]
    run = cleaned(rows)
    assert found_by(run, "visitor_form") == {(f"0:{121 + i}", "repair") for i in range(4)}
    fixed = [r["visitor_id"] for r in run.rows("events") if r["line"] in range(121, 125)]
    assert fixed == [f"8f3a90{v}" for v in range(11, 15)]
