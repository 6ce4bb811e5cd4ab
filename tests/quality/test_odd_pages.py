"""Pages that several people have, positions in pixels, clicks and searches that their own page contradicts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from baihuo.core import Event, EventType, Product
from baihuo.quality import QualityRules

pytestmark = pytest.mark.checks("contradictory_click", "wrong_position", "row_against_page")

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


def test_a_page_of_three_people_is_noted_and_of_one_who_logs_in_is_not(
    visit: Any, noted: Any
) -> None:
    visits = [visit(n) for n in range(80)]
    cached = [visit(n, at=200.0 * n) for n in (100, 101, 102)]
    for one in cached:
        one[:] = [replace(row, query_id="q100") for row in one]
    visits[5][3:] = [replace(row, visitor_id="account-5") for row in visits[5][3:]]
    got = noted([*visits, *cached], "row_against_page")
    assert {row.event_id for one in cached for row in one} == got


def test_positions_in_pixels_are_noted_and_those_of_a_second_page_are_not(
    visit: Any, noted: Any
) -> None:
    visits = [visit(n) for n in range(60)]
    visits[7] = [
        r if r.position is None else replace(r, position=240 * r.position) for r in visits[7]
    ]
    visits[8] = [
        r if r.position is None else replace(r, position=40 + r.position) for r in visits[8]
    ]
    assert noted(visits, "wrong_position") == ids(visits[7][1:])


def test_a_click_on_what_its_page_did_not_show_is_noted(visit: Any, noted: Any) -> None:
    visits = [visit(n) for n in range(100)]
    visits[7][5:] = [replace(row, product_id="p8") for row in visits[7][5:]]
    # of this page an impression came that is taken out: it may be the one
    visits[8][5:] = [replace(row, product_id="p8") for row in visits[8][5:]]
    visits[8][4] = replace(visits[8][4], product_id=None)
    # and of these the import took none: the second position is a hole, the last one is not there
    del visits[9][2], visits[10][4]
    visits[10][4:] = [replace(row, product_id="p4", position=4) for row in visits[10][4:]]
    assert noted(visits, "row_against_page") == ids(visits[7][5:])


def test_a_surface_that_logs_only_some_impressions_is_let_alone(visit: Any, noted: Any) -> None:
    visits = [visit(n) for n in range(60)]
    for one in visits[:10]:
        del one[2]
    assert noted(visits, "row_against_page") == set()


def test_clicks_faster_than_a_hand_are_noted_and_a_coarse_clock_is_not(
    visit: Any, noted: Any
) -> None:
    visits = [visit(n) for n in range(80)]
    third = visits[7][3]
    opened = replace(visits[7][5], event_id="pre", product_id="p3", position=3)
    visits[7].append(
        replace(
            opened,
            occurred_at_us=third.occurred_at_us + 12_000,
            received_at_us=third.received_at_us + 12_000,
        )
    )
    same = visits[8][2].occurred_at_us
    visits[8][5] = replace(visits[8][5], occurred_at_us=same, received_at_us=same)
    assert noted(visits, "contradictory_click") == {"pre"}


def test_a_search_after_its_own_results_is_noted_and_one_that_asks_again_is_not(
    visit: Any, noted: Any
) -> None:
    def later(row: Event, us: int) -> Event:
        return replace(
            row, occurred_at_us=row.occurred_at_us + us, received_at_us=row.received_at_us + us
        )

    visits = [visit(n) for n in range(60)]
    visits[7][0] = later(visits[7][0], 150_000_000)
    visits[8].append(replace(later(visits[8][0], 150_000_000), event_id="page two"))
    visits[9][0] = later(visits[9][0], 3_000_000)  # events come out of order
    assert noted(visits, "row_against_page") == {visits[7][0].event_id}


def test_a_stay_longer_than_the_time_since_its_click_is_noted(visit: Any, noted: Any) -> None:
    visits = [visit(n) for n in range(60)]
    visits[7][6] = replace(visits[7][6], dwell_ms=84_000)
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
    assert noted(visits, "row_against_page") == {visits[7][6].event_id}


@pytest.mark.parametrize(
    "dirt",
    [{"event_type": "clicked"}, {"query_id": None}, {"product_id": None}, {"visitor_id": "null"}],
    ids=str,
)
def test_a_stay_whose_click_came_and_was_wrong_is_not_without_a_click(
    visit: Any, noted: Any, dirt: dict[str, Any]
) -> None:
    visits = [visit(n) for n in range(60)]
    visits[7][5] = replace(visits[7][5], **dirt)
    assert noted(visits, "row_against_page") == set()


@pytest.mark.parametrize("off", ["row_against_page", "wrong_position", "contradictory_click"])
def test_what_is_turned_off_changes_nothing_of_the_others(
    visit: Any, cleaned: Any, off: str
) -> None:
    """They look at the same pages, and a page that only one of them asks for is read for it alone."""
    visits = [visit(n) for n in range(80)]
    visits[6][4] = replace(visits[6][4], platform="web")
    visits[7] = [
        r if r.position is None else replace(r, position=240 * r.position) for r in visits[7]
    ]
    shown = visits[8][3]
    early = replace(visits[8][5], event_id="early", product_id="p3", position=3)
    at = {name: getattr(shown, name) + 12_000 for name in ("occurred_at_us", "received_at_us")}
    visits[8].append(replace(early, **at))
    visits[9][5:] = [replace(row, product_id="p8") for row in visits[9][5:]]
    rows = [row for one in visits for row in one]
    found = cleaned(rows, GOODS).found()
    assert {"row_against_page", "wrong_position", "contradictory_click"} <= {c for _, c, _ in found}
    less = cleaned(rows, GOODS, rules=QualityRules(skip=(off,))).found()
    assert less == {one for one in found if one[1] != off}


def test_a_click_from_another_country_or_with_other_words_than_its_page_is_noted(
    visit: Any, noted: Any
) -> None:
    visits = [[replace(r, country="CN", query_text="thing") for r in visit(n)] for n in range(80)]
    for n, words in ((1, "winter jacket"), (2, "蓝牙耳机"), (9, "THING"), (8, "things")):
        visits[n] = [replace(r, query_text=words) for r in visits[n]]
    # the language is written once a page, so most rows have none
    visits = [[replace(one[0], language="zh"), *one[1:]] for one in visits]
    visits[3][5] = replace(visits[3][5], country="JP")
    visits[4][5] = replace(visits[4][5], query_text="winter jacket")
    visits[5][2] = replace(visits[5][2], query_text="蓝牙耳机")
    # corrected, damaged, or written in capitals
    visits[6][5] = replace(visits[6][5], query_text="things")
    visits[7][5] = replace(visits[7][5], query_text="th□□g")
    visits[10][5] = replace(visits[10][5], query_text="THING")
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


def test_a_propensity_that_its_impression_contradicts_is_noted(visit: Any, noted: Any) -> None:
    def served(n: int, at: float) -> list[Event]:
        return [
            r if r.position is None else replace(r, propensity=round(at / r.position, 4))
            for r in visit(n)
        ]

    visits = [served(n, 0.3 + n / 400) for n in range(80)]
    visits[3][5] = replace(visits[3][5], propensity=visits[3][1].propensity)
    visits[4][6] = replace(visits[4][6], propensity=0.01 * (visits[4][6].propensity or 0))
    # its click and its stay agree, so it is the impression that is wrong
    visits[5][2] = replace(visits[5][2], propensity=0.9)
    assert noted(visits, "row_against_page") == {visits[3][5].event_id, visits[4][6].event_id}
    # where the click has another number in general, it is another number
    visits = [[*one[:5], replace(one[5], propensity=0.5), one[6]] for one in visits]
    assert visits[9][5].event_id not in noted(visits, "row_against_page")


def test_a_page_that_was_sent_again_is_noted_where_the_log_says_once_what_is_shown(
    visit: Any, noted: Any
) -> None:
    def again(one: list[Event], n: int) -> list[Event]:
        return [
            replace(
                r,
                event_id=f"{r.event_id}-again",
                occurred_at_us=r.occurred_at_us + 3_000_000 + r.position % 2,
            )
            for r in one[1 : 1 + n]
            if r.position is not None
        ]

    visits = [visit(n) for n in range(120)]
    resent, seen = again(visits[3], 4), again(visits[4], 2)  # who scrolls back sees two again
    assert noted([*visits, resent, seen], "row_against_page") == ids(resent)
    # of a tenth of the pages: the shop sends what comes into view
    more = [again(one, 4) for one in visits[::10]]
    assert not noted([*visits, *more], "row_against_page")


def test_a_purchase_from_hours_before_its_own_page_is_noted(visit: Any, noted: Any) -> None:
    def bought(n: int, after: float = 60) -> list[Event]:
        one = visit(n)
        at = one[-1].occurred_at_us + int(after * 1e6)
        order = {"order_id": f"o{n}", "quantity": 1, "dwell_ms": None, "event_id": f"order{n}"}
        return [*one, replace(one[5], event_type=EventType("purchase"), occurred_at_us=at, **order)]

    visits = [bought(n) for n in range(60)]
    # seen on an earlier page as well, so the purchase has a view before it
    visits[9] = [*visit(200, visitor="v9", at=100), *bought(9, -8 * 3600)]
    visits[8] = [*visit(201, visitor="v8", at=100), *bought(8, -200)]  # a clock
    assert noted(visits, "row_against_page") == {"order9"}


def test_a_visit_that_happened_in_one_instant_though_it_stayed_for_seconds_is_noted(
    visit: Any, noted: Any
) -> None:
    def flushed(one: list[Event]) -> list[Event]:
        return [replace(r, occurred_at_us=one[-1].occurred_at_us + 137) for r in one]

    visits = [visit(n) for n in range(80)]
    at = (visits[4][-1].occurred_at_us - visits[0][0].occurred_at_us) / 1e6
    looked = visit(300, visitor="v4", at=at)[:5]  # a page of the visit without a click
    visits[4], looked = (
        flushed(visits[4]),
        [replace(r, occurred_at_us=visits[4][-1].occurred_at_us + 137) for r in looked],
    )
    visits[5] = [*visits[5][:5], *flushed(visits[5])[5:]]
    glance = flushed(visits[6])  # a coarse clock may say so of a moment
    visits[6] = [replace(r, dwell_ms=r.dwell_ms and 600) for r in glance]
    got = noted([*visits, looked], "row_against_page")
    assert got == ids(visits[4]) | ids(looked) | ids(visits[5][5:])
    # a tenth of the visits: their times are those of a coarse clock
    visits = [flushed(one) if n % 10 == 0 else one for n, one in enumerate(visits)]
    assert not noted(visits, "row_against_page")
