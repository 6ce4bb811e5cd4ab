"""Findings against faults: what counts for a check, what against it, and what neither way."""

from __future__ import annotations

import random
from typing import Any

from baihuo.exam import Finding, Known, Scorer
from baihuo.faults import Dataset


def dataset(n_events: int = 8, n_products: int = 4) -> Dataset:
    events = [
        {"event_id": f"e{i}", "event_type": "click", "visitor_id": f"v{i}", "product_id": f"p{i}"}
        | {"occurred_at_us": i * 10**10, "received_at_us": i * 10**10, "query_id": None}
        for i in range(n_events)
    ]
    return Dataset(events, [{"product_id": f"p{i}"} for i in range(n_products)], random.Random(1))


def scorer(data: Dataset, findings: list[Finding], known: Known | None = None) -> Scorer:
    for rows in (data.events, data.products):
        for line, row in enumerate(rows, start=1):
            row["line"] = line
    return Scorer(data, {"events": data.events, "products": data.products}, findings, known)


def event(line: int, check: str, action: str = "quarantine") -> Finding:
    return Finding("events", line, check, action)


def test_a_fault_found_is_right_one_not_found_is_missed_and_a_clean_row_found_is_wrong() -> None:
    data = dataset()
    data.label(data.events[0], "bad_price")
    data.label(data.events[1], "bad_price")
    score = scorer(data, [event(1, "bad_price", "repair"), event(5, "bad_price", "repair")]).of(
        "bad_price"
    )
    assert score.right == {("events", 1)}
    assert score.missed == {("events", 2)}
    assert score.wrong == score.clean_touched == {("events", 5)}
    assert (score.recall.value, score.precision.value) == (0.5, 0.5)


def test_a_note_on_a_clean_row_is_wrong_but_touches_nothing() -> None:
    score = scorer(dataset(), [event(3, "missing_query", "note")]).of("missing_query")
    assert score.wrong == {("events", 3)}
    assert not score.clean_touched


def test_what_was_found_before_counts_neither_for_nor_against() -> None:
    data = dataset()
    data.label(data.events[0], "missing_query")  # the check had noted this row before
    known = Known(
        findings=frozenset({(("events", 1), "missing_query"), (("events", 2), "missing_query")})
    )
    findings = [event(line, "missing_query", "note") for line in (1, 2, 3)]
    score = scorer(data, findings, known).of("missing_query")
    assert not score.required
    assert score.wrong == {("events", 3)}


def test_no_check_is_judged_on_a_row_that_was_changed_before() -> None:
    known = Known(changed=frozenset({("events", 4)}))
    found = scorer(dataset(), [event(4, "bad_price", "repair")], known)
    assert not found.of("bad_price").wrong


def test_another_check_that_is_right_about_the_row_is_no_mistake() -> None:
    data = dataset()
    data.label(data.events[0], "flood", also=["bot"])
    found = scorer(data, [event(1, "bot"), event(1, "crowd")])
    assert not found.of("bot").wrong
    assert found.of("crowd").wrong == {("events", 1)}
    assert not found.of("crowd").clean_touched  # the row is not clean


def test_a_row_that_an_earlier_check_rightly_took_is_not_required_of_a_later_one() -> None:
    data = dataset()
    data.label(data.events[0], "no_visitor", cells=("visitor_id",))
    data.label(data.events[0], "bot", cells=("product_id",))
    found = scorer(data, [event(1, "no_visitor")])
    assert found.of("no_visitor").recall.value == 1
    assert not found.of("bot").required
    assert found.of("bot").n_excused == 1


def test_a_finding_that_needs_a_second_row_is_not_required_where_that_row_rightly_went() -> None:
    data = dataset()
    data.label(data.events[0], "late_outcome", on=[data.events[1]])
    data.label(data.events[1], "no_visitor")
    data.label(data.events[2], "late_outcome", on=[data.events[3]])
    score = scorer(data, [event(2, "no_visitor")]).of("late_outcome")
    assert score.missed == {("events", 3)}
    assert score.n_excused == 1


def test_events_of_a_product_that_rightly_went_may_be_found_and_need_not_be() -> None:
    data = dataset()
    data.label(data.products[2], "no_title")
    findings = [Finding("products", 3, "no_title", "quarantine"), event(3, "unknown_product")]
    assert not scorer(data, findings).of("unknown_product").wrong


def test_a_second_repair_in_the_same_step_is_not_required() -> None:
    data = dataset()
    data.label(data.products[0], "listing_price_outlier")
    data.label(data.products[0], "listing_price_against_events")
    findings = [Finding("products", 1, "listing_price_against_events", "repair")]
    assert not scorer(data, findings).of("listing_price_outlier").required


def test_a_finding_anywhere_in_a_gap_is_about_the_gap() -> None:
    data = dataset()
    data.add_gap(data.events[2], "hole_in_log", 2 * 10**10, 6 * 10**10, lambda row: True)
    findings: list[Any] = [event(5, "hole_in_log", "note")]
    score = scorer(data, findings).of("hole_in_log")
    assert score.right == {("events", 3)}
    assert not score.wrong


def test_a_finding_at_the_row_before_a_gap_is_about_that_gap_though_it_lies_in_another() -> None:
    """Clicks were lost, then dwells of one platform before the clicks came back: the second gap counted as missed."""
    data = dataset()
    data.add_gap(data.events[1], "hole_in_slice", 10**10, 6 * 10**10, lambda row: True)
    data.add_gap(data.events[3], "hole_in_slice", 3 * 10**10, 7 * 10**10, lambda row: True)
    findings: list[Any] = [event(2, "hole_in_slice", "note"), event(4, "hole_in_slice", "note")]
    score = scorer(data, findings).of("hole_in_slice")
    assert score.right == {("events", 2), ("events", 4)}
