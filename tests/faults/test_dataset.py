"""The rows that faults go into: their labels, and gaps that are empty in the end."""

from __future__ import annotations

import random
from typing import Any

import pytest

from baihuo.core import BadInput
from baihuo.faults import all_faults, rows
from baihuo.faults.cells import cell_faults
from baihuo.faults.dataset import Dataset


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


def dataset(n: int = 20) -> Dataset:
    return Dataset([event(f"e{i}", 1_000 * i) for i in range(n)], [], random.Random(1))


def test_a_row_added_in_a_gap_goes_with_the_labels_that_depend_on_it() -> None:
    given = dataset()
    given.add_gap(given.events[5], "hole_in_log", 5_000, 9_000, lambda row: True)
    kept = {row["event_id"] for row in given.events}
    added = given.add(event("late", 7_000))
    dependent, free = given.events[0], given.events[1]
    given.label(added, "same_id")
    given.label(dependent, "late_outcome", on=[added])
    given.label(free, "bad_price")
    given.finish()
    assert {row["event_id"] for row in given.events} == kept
    labels = [(row["event_id"], check) for _, row, check in given.truth]
    assert labels == [("e5", "hole_in_log"), ("e1", "bad_price")]
    assert ("e0", "late_outcome") in {(row["event_id"], check) for _, row, check in given.excused}


def test_a_second_fault_goes_only_into_another_cell_of_a_row_that_names_its_faulty_ones() -> None:
    given = dataset()
    for row in given.events[:5]:
        given.label(row, "bad_price", cells=("price_minor",))
    for row in given.events[5:10]:
        given.label(row, "flood")  # all of the row is meant
    for fault in cell_faults("several"):
        if fault.name.startswith(("bad_price", "bad_currency")):
            fault.apply(given, 60)
    again = [row["event_id"] for _, row, check in given.truth if check == "bad_currency"]
    assert sorted(again) == ["e0", "e1", "e2", "e3", "e4"]
    assert sum(check == "bad_price" for _, _, check in given.truth) == 5


def test_rows_that_were_taken_away_leave_no_label_behind() -> None:
    given = dataset()
    given.label(given.events[3], "bad_price", also=("price_outlier",))
    given.remove([given.events[3]])
    assert not given.truth
    assert not given.excused
    assert len(given.events) == 19


def test_a_fault_without_a_fitting_row_labels_nothing() -> None:
    given = Dataset([], [], random.Random(1))
    for fault in (*rows.FAULTS, *cell_faults("several")):
        fault.apply(given, 10)
    assert not given.truth


def test_an_unknown_area_is_refused_with_those_that_exist() -> None:
    with pytest.raises(BadInput, match=r"no faults called 'stock'(.|\n)*coverage, ads"):
        all_faults(["text", "stock"])
