"""The bed that dirt is planted in: what is said of a row, and what is silent in the end."""

from __future__ import annotations

import random
from typing import Any

from baihuo.faults import rows, several
from baihuo.faults.dataset import Bed


def event(event_id: str, at_us: int, **other: Any) -> dict[str, Any]:
    return {
        "event_id": event_id,
        "event_type": "click",
        "visitor_id": "v",
        "product_id": "p",
        "occurred_at_us": at_us,
        "received_at_us": at_us,
        "currency": "EUR",
        "price_minor": 5,
        "propensity": None,
        "position": None,
        **other,
    }


def bed(n: int = 20) -> Bed:
    return Bed([event(f"e{i}", 1_000 * i) for i in range(n)], [], random.Random(1))


def test_what_is_planted_into_a_silence_goes_and_nobody_is_asked_about_what_leaned_on_it() -> None:
    given = bed()
    given.silence(given.events[5], "hole_in_log", 5_000, 9_000, lambda row: True)
    kept = {row["event_id"] for row in given.events}
    added = given.add("events", event("late", 7_000))
    leaning, free = given.events[0], given.events[1]
    given.say("events", added, "same_id")
    given.say("events", leaning, "late_outcome", on=[added])
    given.say("events", free, "bad_price")
    given.settle()
    assert {row["event_id"] for row in given.events} == kept
    said = [(row["event_id"], check) for _, row, check in given.truth]
    assert said == [("e5", "hole_in_log"), ("e1", "bad_price")]
    assert ("e0", "late_outcome") in {(row["event_id"], check) for _, row, check in given.excused}


def test_a_second_kind_goes_only_into_another_cell_of_a_row_that_names_its_dirty_ones() -> None:
    given = bed()
    for row in given.events[:5]:
        given.say("events", row, "bad_price", cells=("price_minor",))
    for row in given.events[5:10]:
        given.say("events", row, "flood")  # all of the row is meant
    for plant in several.PLANTS:
        if plant.name.startswith(("bad_price", "bad_currency")):
            plant.sow(given, 60)
    again = [row["event_id"] for _, row, check in given.truth if check == "bad_currency"]
    assert sorted(again) == ["e0", "e1", "e2", "e3", "e4"]
    assert sum(check == "bad_price" for _, _, check in given.truth) == 5


def test_rows_that_were_taken_away_leave_no_word_behind() -> None:
    given = bed()
    given.say("events", given.events[3], "bad_price", also=("price_outlier",))
    given.remove([given.events[3]])
    assert not given.truth
    assert not given.excused
    assert len(given.events) == 19


def test_a_plant_that_finds_nothing_to_soil_says_nothing() -> None:
    given = Bed([], [], random.Random(1))
    for plant in (*rows.PLANTS, *several.PLANTS):
        plant.sow(given, 10)
    assert not given.truth
