"""Rows, clicks and stays that their own page contradicts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from baihuo.core import Event, Product

pytestmark = pytest.mark.checks("contradictory_click", "row_against_page")

GOODS = [Product(product_id=f"p{i}", title_en=f"Thing {i}") for i in range(9)]


def found_by(run: Any, name: str) -> set[str]:
    return {row for row, check, action in run.found() if check == name and action == "note"}


@pytest.fixture
def visit(event: Any) -> Any:
    """A search, four results a second apart, a click on the second one and a stay of ten seconds."""

    def make(n: int, *, visitor: str | None = None, at: float | None = None) -> list[Event]:
        one = {"visitor_id": visitor or f"v{n}", "session_id": f"s{n}", "query_id": f"q{n}"}
        one |= {"platform": "ios", "surface": "search"}
        start = 7_000.0 * n if at is None else at
        shown = [
            event("impression", start + i, product_id=f"p{i}", position=i, **one)
            for i in range(1, 5)
        ]
        about = {"product_id": "p2", "position": 2, **one}
        return [
            event("search", start, product_id=None, query_text="thing", **one),
            *shown,
            event("click", start + 20, **about),
            event("dwell", start + 30, dwell_ms=10_000, **about),
        ]

    return make


@pytest.fixture
def noted(cleaned: Any) -> Any:
    """The ids of events that a check notes in these visits."""

    def run(visits: list[list[Event]], check: str) -> set[str]:
        rows = [row for one in visits for row in one]
        found = found_by(cleaned(rows, GOODS), check)
        return {row.event_id for n, row in enumerate(rows, 1) if f"0:{n}" in found}

    return run


def ids(rows: list[Event]) -> set[str]:
    return {row.event_id for row in rows}


def test_a_row_of_another_visitor_is_noted_and_of_one_who_logs_in_is_not(
    visit: Any, noted: Any
) -> None:
    visits = [visit(n) for n in range(80)]
    visits[4][5] = replace(visits[4][5], visitor_id="v70", session_id="s70")
    visits[5][3:] = [replace(row, visitor_id="account-5") for row in visits[5][3:]]
    assert noted(visits, "row_against_page") == {visits[4][5].event_id}


def test_advertisements_have_a_surface_of_their_own_and_say_nothing_of_the_pages(
    visit: Any, noted: Any
) -> None:
    visits = [visit(n) for n in range(80)]
    for one in visits[:3]:
        shown = {"event_type": "ad_impression", "surface": "ads"}
        one += [replace(row, event_id=f"ad-{row.event_id}", **shown) for row in one[1:3]]
    visits[0][3] = replace(visits[0][3], surface="cart")
    assert noted(visits, "row_against_page") == {visits[0][3].event_id}


def test_clicks_faster_than_a_hand_are_noted_and_those_of_one_instant_are_not(
    visit: Any, noted: Any
) -> None:
    def opened(one: list[Event], us: int) -> Event:
        at = one[3].occurred_at_us + us
        return replace(
            one[5],
            event_id=f"open{us}",
            product_id="p3",
            position=3,
            occurred_at_us=at,
            received_at_us=at,
        )

    visits = [visit(n) for n in range(80)]
    soon, at_once, by_hand = (
        opened(visits[n], us) for n, us in ((7, 12_000), (8, 0), (9, 900_000))
    )
    at = visits[6][5].occurred_at_us + 30_000  # after the click before
    second = replace(visits[6][5], event_id="second", product_id="p3", position=3)
    second = replace(second, occurred_at_us=at, received_at_us=at)
    got = noted([*visits, [soon, at_once, by_hand, second]], "contradictory_click")
    assert got == {"open12000", "second"}


def test_a_stay_longer_than_the_time_since_its_click_or_a_thousandth_is_noted(
    visit: Any, noted: Any
) -> None:
    visits = [visit(n) for n in range(60)]
    visits[7][6] = replace(visits[7][6], dwell_ms=84_000)
    visits[6][6] = replace(visits[6][6], dwell_ms=10)  # in seconds
    # opened before, in another tab
    visits[8].insert(5, replace(visits[8][5], event_id="before"))
    for n in (5, 6, 7):
        row = visits[8][n]
        visits[8][n] = replace(
            row,
            occurred_at_us=row.occurred_at_us + 60_000_000 * (n - 5),
            received_at_us=row.received_at_us + 60_000_000 * (n - 5),
        )
    visits[8][7] = replace(visits[8][7], dwell_ms=125_000)
    assert noted(visits, "row_against_page") == {visits[6][6].event_id, visits[7][6].event_id}


def test_a_click_from_another_country_or_with_other_words_than_its_page_is_noted(
    visit: Any, noted: Any
) -> None:
    visits = [[replace(r, country="CN", query_text="thing") for r in visit(n)] for n in range(80)]
    for n, words in ((1, "winter jacket"), (2, "蓝牙耳机")):
        visits[n] = [replace(r, query_text=words) for r in visits[n]]
    # the language is written once a page, so most rows have none
    visits = [[replace(one[0], language="zh"), *one[1:]] for one in visits]
    visits[3][5] = replace(visits[3][5], country="JP")
    visits[4][5] = replace(visits[4][5], query_text="winter jacket")
    visits[5][2] = replace(visits[5][2], query_text="蓝牙耳机")
    got = noted(visits, "row_against_page")
    assert got == {visits[3][5].event_id, visits[4][5].event_id, visits[5][2].event_id}


def test_other_words_on_the_clicks_of_many_pages_are_how_the_shop_writes_its_log(
    visit: Any, noted: Any
) -> None:
    visits = [[replace(r, country="CN", query_text="thing") for r in visit(n)] for n in range(80)]
    visits[1] = [replace(r, query_text="best offers of today") for r in visits[1]]
    for one in visits[::10]:
        one[5:] = [replace(r, query_text="best offers of today") for r in one[5:]]
    assert not noted(visits, "row_against_page")


def test_a_click_on_what_its_page_did_not_show_is_noted(visit: Any, noted: Any) -> None:
    visits = [visit(n) for n in range(80)]
    visits[4][5] = replace(visits[4][5], product_id="p7")
    visits[5] = [row for row in visits[5] if row.event_type != "impression"]  # not logged
    assert noted(visits, "row_against_page") == {visits[4][5].event_id}
    many = [
        [replace(row, product_id="p8") if row.event_type == "click" else row for row in one]
        for one in visits[:40]
    ]
    assert not noted([*many, *visits[40:]], "row_against_page")


def test_a_visit_at_the_instant_of_sending_is_noted_where_its_stays_took_minutes(
    visit: Any, noted: Any
) -> None:
    visits = [visit(n) for n in range(60)]
    at = visits[7][6].occurred_at_us
    visits[7] = [replace(row, occurred_at_us=at, received_at_us=at) for row in visits[7]]
    assert noted(visits, "row_against_page") == ids(visits[7])
