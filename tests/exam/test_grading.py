"""Grading, on outputs written by hand."""

from __future__ import annotations

from typing import Any

from baihuo.dirt import EVENTS, PRODUCTS, Case, Dataset, Row, Shop
from baihuo.exam.grading import Score, Tally, grade_clean, grade_round
from baihuo.exam.kinds import ALL, load_kinds
from baihuo.exam.line import Finding, Output, action_of
from baihuo.exam.report import to_dict

KEYS = [(PRODUCTS, n) for n in range(4)]


def copy_of(kind: str, dirty: str, clean: str) -> Dataset:
    load_kinds()
    column = "price" if kind.startswith("listing") else "title_zh"
    rows = [Row(key, {"product_id": f"P{key[1]}", column: dirty}) for key in KEYS]
    copy = Dataset(Shop([], rows), "test")
    copy.cases = [Case(kind, (key,), field=column, clean=clean) for key in KEYS[:3]]
    return copy


def finding(n: int, check: str, action: str, **detail: Any) -> Finding:
    return Finding(KEYS[n], PRODUCTS, check, action, detail, "")


def graded(copy: Dataset, output: Output) -> dict[str, Any]:
    """The dirty cell of each case is one that a clean shop has otherwise."""
    tally = Tally()
    clean = Output(kept={})
    shop = copy.shop.copy()
    for case in copy.cases:
        row = next(r for r in shop.products if r.key == case.rows[0])
        row.values[case.field or "title_zh"] = "as it was"
    grade_clean(tally, shop, clean)
    grade_round(tally, copy, output, clean, shop)
    return to_dict(tally, seeds=[1], data="test")


def test_clean_withheld_and_wrong_values_are_told_apart() -> None:
    kept = {KEYS[0]: 1250, KEYS[1]: None, KEYS[2]: 777, KEYS[3]: 1250}
    repairs = [finding(n, "listing_price_outlier", "repair", field="price_minor") for n in range(3)]
    output = Output(repairs, {key: {"price_minor": value} for key, value in kept.items()})
    body = graded(copy_of("listing_times_100", "1250.00", "12.50"), output)
    (kind,) = body["kinds"]
    assert (kind["planted"], kind["found"], kind["right_action"], kind["wrong_repairs"]) == (
        3,
        3,
        2,
        1,
    )
    assert not kind["is_complete"]
    assert body["actions"]["repair"]["n_right"] == 2
    assert body["actions"]["repair"]["n"] == 3


def test_a_finding_on_a_clean_row_and_a_note_about_another_cell_are_wrong() -> None:
    found = [
        finding(0, "unreadable_characters", "note"),
        finding(1, "stale_stock", "note", field="stock_units"),
        finding(2, "unlike_the_catalogue", "note", field="title_zh"),
        finding(3, "hidden_characters", "repair"),
    ]
    rows = {key: {"title_zh": "????"} for key in KEYS}
    body = graded(copy_of("question_marks", "????", "电热水壶"), Output(found, rows))
    (kind,) = body["kinds"]
    assert (kind["found"], kind["by_right_check"], kind["wrong_repairs"]) == (3, 1, 0)
    assert body["actions"]["note"]["n_right"] == 2
    assert body["actions"]["note"]["n"] == 3
    assert (body["actions"]["repair"]["n_right"], body["actions"]["repair"]["n"]) == (0, 1)


def test_masking_must_take_the_secret_and_nothing_else() -> None:
    copy = copy_of("zero_width", "好用，电话13812345678，推荐", "")
    secret: dict[str, Any] = {"clean": ("好用，", "推荐"), "secrets": ("13812345678",)}
    copy.cases = [Case("listing_mobile", (key,), field="title_zh", **secret) for key in KEYS[:3]]
    kept = {
        KEYS[0]: "好用，电话[phone]，推荐",
        KEYS[1]: "好用，电话13812345678，推荐",
        KEYS[2]: "[phone]",
    }
    found = [finding(n, "personal_data_in_listing", "repair", field="title_zh") for n in range(3)]
    output = Output(found, {key: {"title_zh": text} for key, text in kept.items()})
    (kind,) = graded(copy, output)["kinds"]
    assert (kind["right_action"], kind["wrong_repairs"]) == (1, 1)


def test_reports_for_reporting_seeds_show_no_example() -> None:
    tally = Tally()
    copy = copy_of("question_marks", "????", "电热水壶")
    grade_round(tally, copy, Output([], {}), Output(), copy.shop)
    assert to_dict(tally, seeds=[1], data="test")["kinds"][0]["examples"]
    assert not to_dict(tally, seeds=[1000], data="test", is_shown=False)["kinds"][0]["examples"]
    assert ALL["question_marks"].table == PRODUCTS


def test_a_value_that_is_left_out_is_withheld_whatever_the_finding_calls_it() -> None:
    assert action_of("repair", {"field": "brand", "old": "N/A", "new": None}) == "withhold"
    assert action_of("repair", {"field": "attributes", "new": {}}) == "withhold"
    assert action_of("repair", {"field": "brand", "new": "Lanting"}) == "repair"
    assert action_of("repair", {"field": "brand"}) == "repair"
    assert action_of("repair", {"field": "brand"}, {"brand": None}) == "withhold"
    assert action_of("note", {"field": "brand", "new": None}) == "note"


def test_leaving_out_a_sound_value_is_wrong_in_a_dirty_row_and_in_a_clean_one() -> None:
    name = "listing_price_outlier"
    found = [
        finding(0, name, "withhold", field="price_minor"),
        finding(1, name, "withhold", field="title_zh"),  # the price is dirty, the title is not
        finding(3, name, "withhold", field="price_minor"),
    ]
    kept = {key: {"price_minor": None, "title_zh": None} for key in KEYS}
    body = graded(copy_of("listing_times_100", "1250.00", "12.50"), Output(found, kept))
    counted = body["actions"]["withhold"]
    assert (counted["n_right"], counted["n"]) == (1, 3)


def test_a_rest_of_a_text_that_was_left_out_is_no_repair() -> None:
    copy = copy_of("row_rest_of_text", "77.00", "")
    copy.cases = [Case("row_rest_of_text", (key,)) for key in KEYS[:3]]
    found = [finding(n, "boilerplate", "withhold", field="title_zh") for n in range(3)]
    body = graded(copy, Output(found, {key: {"title_zh": None} for key in KEYS}))
    assert body["kinds"][0]["right_action"] == 3
    assert body["actions"]["withhold"]["n_right"] == 3
    assert body["actions"]["repair"]["n"] == 0


def test_where_no_value_is_the_clean_value_leaving_out_is_the_repair() -> None:
    copy = copy_of("attribute_missing", "<script>", "")
    for case in copy.cases:
        case.clean = None
    found = [finding(n, "attribute_missing", "withhold", field="title_zh") for n in range(3)]
    body = graded(copy, Output(found, {key: {"title_zh": None} for key in KEYS}))
    assert "withhold" not in ALL["attribute_missing"].actions
    assert body["kinds"][0]["right_action"] == 3
    assert body["actions"]["withhold"]["n_right"] == 3


def test_what_a_row_with_dirt_does_to_its_visitor_and_product_follows_from_the_dirt() -> None:
    """A click without its visitor leaves the stay on the page without a click; the same note elsewhere is wrong."""
    load_kinds()
    about = {"visitor_id": "v1", "product_id": "P1"}
    clean = [
        Row((EVENTS, 0), about | {"event_type": "click"}),
        Row((EVENTS, 1), about | {"event_type": "dwell"}),
        Row((EVENTS, 2), {"event_type": "dwell", "visitor_id": "v2", "product_id": "P1"}),
    ]
    shop = Shop(clean, [])
    copy = Dataset(shop.copy(), "test")
    copy.shop.events[0].values["visitor_id"] = "NULL"
    copy.cases = [Case("visitor_null_word", ((EVENTS, 0),), field="visitor_id", clean="v1")]
    notes = [Finding((EVENTS, n), EVENTS, "row_against_page", "note", {}, "") for n in (1, 2)]
    tally = Tally()
    grade_round(tally, copy, Output(notes, {}), Output(), shop)
    assert (tally.right["note"], tally.wrong["note"]) == (0, 1)


def test_kinds_of_fewer_than_thirty_rows_are_few() -> None:
    load_kinds()
    tally = Tally(scores={"lost_day": Score(planted=1, found=1), "zero_width": Score(30, 30)})
    body = to_dict(tally, seeds=[1], data="test")
    assert {k["kind"]: k["is_few"] for k in body["kinds"]} == {
        "lost_day": True,
        "zero_width": False,
    }
    assert (body["totals"]["kinds"], body["totals"]["kinds_with_few_cases"]) == (1, 1)


def test_a_price_whose_currency_is_wrong_may_be_left_out_with_it() -> None:
    load_kinds()
    about = {"event_type": "purchase", "price": "12.50", "currency": "CNY", "quantity": 2}
    shop = Shop([Row((EVENTS, 0), about)], [])
    copy = Dataset(shop.copy(), "test")
    copy.shop.events[0].values["currency"] = "JPY"
    copy.cases = [Case("paid_other_currency", ((EVENTS, 0),), field="currency", clean="CNY")]
    found = [
        Finding((EVENTS, 0), EVENTS, "currency_against_listing", "withhold", {"field": name}, "")
        for name in ("price_minor", "currency", "quantity")
    ]
    tally = Tally()
    kept = {(EVENTS, 0): {"price_minor": None, "currency": None, "quantity": None}}
    grade_round(tally, copy, Output(found, kept), Output(), shop)
    assert (tally.right["withhold"], tally.wrong["withhold"]) == (2, 1)
