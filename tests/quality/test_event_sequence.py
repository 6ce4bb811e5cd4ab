from __future__ import annotations

from typing import Any

import pytest

from baihuo.quality import QualityRules

pytestmark = pytest.mark.checks("order", "too_old", "received_before_it_occurred")


def test_a_click_before_its_own_impression_goes(event: Any, cleaned: Any) -> None:
    run = cleaned(
        [
            event("impression", 100, query_id="q1"),
            event("click", 0, query_id="q1"),
            event("impression", 0, query_id="q2"),
            event("click", 30, query_id="q2"),
            event("impression", 50, query_id="q3"),
            event("click", 49, query_id="q3"),  # batching reorders by this much
        ]
    )
    assert run.found() == {("0:2", "click_before_impression", "quarantine")}


def test_a_click_whose_impression_was_never_logged_stays(event: Any, cleaned: Any) -> None:
    run = cleaned([event("click", 0, query_id="q1"), event("impression", 60, query_id="q2")])
    assert run.found() == set()


def buyers(event: Any, n_seen: int, n_unseen: int) -> list[Any]:
    seen = [
        one
        for i in range(n_seen)
        for one in (
            event("dwell", 0, visitor_id=f"s{i}"),
            event("purchase", 60, visitor_id=f"s{i}"),
        )
    ]
    return seen + [event("purchase", 90, visitor_id=f"u{i}") for i in range(n_unseen)]


def test_a_purchase_before_any_view_goes_where_the_log_has_views(event: Any, cleaned: Any) -> None:
    late = event("impression", 120, visitor_id="u0")
    run = cleaned([*buyers(event, 30, 2), late])
    assert run.found() == {(f"0:{n}", "purchase_before_view", "quarantine") for n in (61, 62)}
    detail = run.details()
    assert detail["0:61", "purchase_before_view"]["seen_at_us"] == late.occurred_at_us
    assert detail["0:62", "purchase_before_view"]["seen_at_us"] is None


def test_without_views_in_the_log_purchases_are_not_checked_and_the_report_says_so(
    event: Any, cleaned: Any
) -> None:
    run = cleaned(buyers(event, 2, 8))
    assert run.found() == set()
    said = "purchase_before_view: only 20% of purchases"
    assert any(line.startswith(said) for line in run.report.not_checked)


def test_the_share_of_seen_purchases_is_a_setting(event: Any, cleaned: Any) -> None:
    rules = QualityRules.model_validate({"order": {"min_view_share": 0.2}})
    assert len(cleaned(buyers(event, 2, 8), rules=rules).found()) == 8


LONG_AGO_DAYS = 40  # longer than anybody waits to send a thing back


def test_a_cancel_needs_a_purchase_of_that_product_by_that_visitor_before_it(
    event: Any, cleaned: Any
) -> None:
    run = cleaned(
        [
            event("purchase", 0, order_id="1", quantity=5),
            event("cancel", 60, order_id="C1", quantity=2),
            event("cancel", 60, product_id="p2"),
            event("cancel", 60, visitor_id="w"),
            event("purchase", 90, visitor_id="w"),
            event("purchase", -LONG_AGO_DAYS * 86_400, visitor_id="x"),
            event("purchase", -LONG_AGO_DAYS * 86_400, visitor_id="y"),
        ]
    )
    assert run.found() == {(f"0:{n}", "cancel_without_purchase", "quarantine") for n in (3, 4)}


@pytest.mark.checks("cancel_of_earlier_purchase", "cancel_without_purchase")
def test_what_is_cancelled_when_the_log_has_just_begun_may_have_been_bought_before_it(
    event: Any, cleaned: Any
) -> None:
    events = [
        event("purchase", 0, order_id="1", quantity=1),
        event("cancel", 29 * 86_400, product_id="p2"),
        event("cancel", 31 * 86_400, product_id="p2", visitor_id="w"),
    ]
    run = cleaned(events)
    assert run.found() == {
        ("0:2", "cancel_of_earlier_purchase", "note"),
        ("0:3", "cancel_without_purchase", "quarantine"),
    }
    assert len(run.rows("events")) == 2
    rules = QualityRules.model_validate({"order": {"returns_days": 0}})
    assert {check for _, check, _ in cleaned(events, rules=rules).found()} == {
        "cancel_without_purchase"
    }


def test_one_old_row_is_not_the_beginning_of_the_log(event: Any, cleaned: Any) -> None:
    stray = event("purchase", -60 * 86_400, visitor_id="stray")
    first_day = [event("purchase", i, visitor_id=f"v{i}") for i in range(30)]
    run = cleaned([stray, *first_day, event("cancel", 60, product_id="p2")])
    assert run.found() == {("0:32", "cancel_of_earlier_purchase", "note")}


def test_more_cancelled_than_bought_is_noted_and_stays(event: Any, cleaned: Any) -> None:
    run = cleaned(
        [
            event("purchase", 0, quantity=3),
            event("cancel", 60, quantity=2),
            event("cancel", 90, quantity=2),
        ]
    )
    assert run.found() == {("0:3", "cancel_of_more_than_bought", "note")}
    assert run.details()["0:3", "cancel_of_more_than_bought"] == {"bought": 3, "cancelled": 4}
    assert len(run.rows("events")) == 3


def test_a_cancel_of_what_was_bought_before_the_log_takes_nothing_of_a_later_purchase(
    event: Any, cleaned: Any
) -> None:
    run = cleaned(
        [
            event("cancel", 0, quantity=2, order_id="C1"),
            event("purchase", 3600, quantity=3, order_id="1"),
            event("cancel", 7200, quantity=3, order_id="C2"),
            event("cancel", 9000, quantity=1, order_id="C3"),
        ]
    )
    assert run.found() == {
        ("0:1", "cancel_of_earlier_purchase", "note"),
        ("0:4", "cancel_of_more_than_bought", "note"),
    }


def test_an_impression_with_our_time_proves_nothing_about_its_click(
    event: Any, cleaned: Any, at: Any
) -> None:
    """Its clock was ten minutes ahead, and it reached us a minute after the click."""
    run = cleaned(
        [
            event("impression", occurred_at_us=at(700), received_at_us=at(95), query_id="q1"),
            event("click", 30, query_id="q1"),
            event("purchase", 40, query_id=None, order_id="o1", quantity=1),
        ],
        rules=QualityRules.model_validate({"order": {"min_view_share": 0}}),
    )
    assert run.found() == {("0:1", "received_before_it_occurred", "repair")}


def test_a_view_with_a_broken_clock_is_still_a_view(event: Any, cleaned: Any, at: Any) -> None:
    """Nobody knows when it was seen, but it was: the purchase after it is no purchase out of nothing."""
    old = event("click", 0, visitor_id="u0", occurred_at_us=1)
    run = cleaned([*buyers(event, 30, 2), old])
    assert run.found() == {
        ("0:63", "too_old", "quarantine"),
        ("0:62", "purchase_before_view", "quarantine"),
    }


def test_a_purchase_with_a_broken_clock_can_still_be_cancelled(event: Any, cleaned: Any) -> None:
    days = [event("click", -40 * 86_400 + i, visitor_id=f"v{i}") for i in range(40)]
    bought = event("purchase", 0, visitor_id="u", occurred_at_us=1)
    run = cleaned([*days, bought, event("cancel", 60, visitor_id="u")])
    assert {c for _, c, _ in run.found() if c.startswith("cancel")} == set()


def test_a_cancel_of_what_was_bought_in_a_hole_is_noted(event: Any, cleaned: Any) -> None:
    """Two days of purchases are lost, and what was bought then is sent back."""
    log, hour = [], 3_600
    for i in range(24 * 50):
        if i < 24 * 40 or i >= 24 * 42:
            log.append(event("purchase", i * hour, visitor_id=f"v{i}", product_id="p2"))
    late = [event("cancel", 24 * h * hour, visitor_id=f"w{h}", product_id="p3") for h in (35, 43)]
    found = {f for f in cleaned([*log, *late]).found() if f[1].startswith("cancel")}
    n = len(log)
    assert found == {
        (f"0:{n + 1}", "cancel_without_purchase", "quarantine"),
        (f"0:{n + 2}", "cancel_of_earlier_purchase", "note"),
    }


def test_one_hour_of_a_crowd_makes_no_holes_of_that_hour_elsewhere(
    event: Any, cleaned: Any
) -> None:
    """A sale, or a farm of clicks that buys, is no measure of that hour in other weeks."""
    hour, week = 3_600, 168 * 3_600
    log = [
        event("purchase", i * hour, visitor_id=f"v{i}", product_id="p2")
        for i in range(0, 168 * 8, 5)
    ]
    crowd = [
        event("purchase", 2 * week + 11 * hour + i, visitor_id=f"c{i}", product_id="p2")
        for i in range(120)
    ]
    late = event("cancel", 6 * week + 20 * hour, visitor_id="w", product_id="p3")
    found = {c for _, c, _ in cleaned([*log, *crowd, late]).found() if c.startswith("cancel")}
    assert found == {"cancel_without_purchase"}


def test_a_purchase_in_a_hole_of_the_log_is_not_judged(event: Any, cleaned: Any) -> None:
    """A lost hour has no views: what was bought in it or soon after it was seen in it."""
    views, hour = [], 3_600
    for i in range(24 * 6):
        if i != 75:
            views += [
                event("click", i * hour + 60 * k, visitor_id=f"v{i}-{k}", product_id="p2")
                for k in range(12)
            ]
    bought = [
        event("purchase", s * hour, visitor_id=f"u{s}", product_id="p3") for s in (75.5, 76.2, 90)
    ]
    run = cleaned([*buyers(event, 30, 0), *views, *bought])
    late = len(buyers(event, 30, 0)) + len(views) + 3
    found = {f for f in run.found() if f[1] == "purchase_before_view"}
    assert found == {(f"0:{late}", "purchase_before_view", "quarantine")}
