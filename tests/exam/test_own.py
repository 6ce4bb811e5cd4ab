"""Any shop's rows can be dirtied: they are read as a sender would write them, and what does not fit them is left out."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from baihuo.core import BadInput
from baihuo.core.tables import EVENTS, PRODUCTS
from baihuo.exam import drawn_kinds, own_shop, plant_all
from baihuo.exam.grading import Score, Tally
from baihuo.exam.kinds import ALL, load_kinds
from baihuo.exam.report import ExamReport, to_dict
from baihuo.exam.run import reason_for
from baihuo.quality import Check

TYPES = """impression click purchase cancel review search dwell add_to_cart ad_impression ad_click""".split()
AT_US = 1_700_000_000_000_000


def event(i: int, **cells: Any) -> dict[str, Any]:
    row = dict.fromkeys(name for name in EVENTS.names if name not in ("import_id", "line"))
    at_us = AT_US + i * 10**8
    row |= {"event_id": f"e{i}", "event_type": "click", "visitor_id": f"v{i % 3}"}
    row |= {"occurred_at_us": at_us, "received_at_us": at_us, "product_id": f"p{i % 2}"}
    return row | cells


def product(i: int, **cells: Any) -> dict[str, Any]:
    row = dict.fromkeys(name for name in PRODUCTS.names if name not in ("import_id", "line"))
    row |= {"product_id": f"p{i}", "codes": [], "images": [], "attributes": "{}", "variants": "[]"}
    return row | cells


def every_type(i: int) -> dict[str, Any]:
    cells = {"event_type": TYPES[i % 10], "query_id": "q", "session_id": "s", "order_id": f"o{i}"}
    return event(i, **cells, price_minor=100, quantity=1, rating=5.0, position=i % 4, country="DE")


NOTHING: dict[str, Any] = {"product_id": None, "visitor_id": "", "query_text": ""}
WHOLE: dict[str, Any] = {"title_en": "Red lamp 5 W for homes", "title_zh": "灯", "model": "A1"}
WHOLE |= {"price_minor": 100, "category": "A > B", "codes": ["4006381333931"], "images": ["a.jpg"]}
WHOLE |= {"stock_units": 4, "attributes": '{"a": "b", "Power": 5}', "description_en": "Hi. Ho."}
UNREADABLE: dict[str, Any] = {"attributes": "[", "variants": "null", "codes": None, "images": None}
ODD: dict[str, Any] = {"attributes": '{"Power": NaN, "b": [1]}', "variants": "{", "codes": [None]}
ODD |= {"images": [""], "title_en": " ", "title_zh": "", "category": "", "price_minor": -1}
CASES: dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]]]] = {
    "four events": ([event(i) for i in range(4)], []),
    "four products": ([], [product(i) for i in range(4)]),
    "every type": ([every_type(i) for i in range(60)], [product(i, **WHOLE) for i in range(30)]),
    "no ids": (
        [event(i, **NOTHING) for i in range(50)],
        [product(i, **UNREADABLE) for i in range(4)],
    ),
    "odd values": ([event(i, **NOTHING) for i in range(50)], [product(i, **ODD) for i in range(4)]),
}


@pytest.mark.parametrize("case", CASES)
def test_no_kind_fails_on_rows_that_it_cannot_use(case: str) -> None:
    load_kinds()
    events, products = CASES[case]
    shop = own_shop({"events": events, "products": products})
    before = [row.values.copy() for row in (*shop.events, *shop.products)]
    for kind in ALL.values():
        for copy in plant_all(shop, 1, [kind], most=1):
            assert copy.cases
    assert before == [row.values for row in (*shop.events, *shop.products)]


def test_no_row_at_all_is_refused() -> None:
    with pytest.raises(BadInput, match="no rows"):
        own_shop({"events": [], "products": []})


def test_rows_are_written_as_a_sender_writes_them() -> None:
    rows = [
        product(
            0, price_minor=1250, currency="EUR", category="Home > Lamps", attributes='{"W": 5}'
        ),
        product(1, price_minor=1250, currency="JPY", variants='[{"price_minor": 990}]'),
        product(2, variants='[{"price_minor": 990}]', attributes="["),
    ]
    euro, yen, broken = (r.values for r in own_shop({"events": [], "products": rows}).products)
    assert euro["price"] == "12.50"
    assert euro["category"] == ["Home", "Lamps"]
    assert euro["attributes"] == {"W": 5}
    assert "codes" not in euro
    assert yen["price_minor"] == 1250  # its smallest unit is not a hundredth
    assert broken["variants"] == [{"price": "9.90"}]
    assert broken["attributes"] == "["


def test_kinds_are_for_few_rows_of_a_small_shop_and_each_check_has_its_own() -> None:
    events, products = CASES["every type"]
    shop = own_shop({"events": events, "products": products})
    kinds = drawn_kinds(shop, 1)
    assert {kind.cases for kind in kinds} <= {1, 2, 3}
    assert all(kind.cases <= 7 for kind in drawn_kinds(shop, 1, n_each=7))
    assert {kind.name for kind in kinds} != {kind.name for kind in drawn_kinds(shop, 2)}
    own = {kind.name for kind in kinds if kind.hand == "own"}
    assert own == {kind.name for kind in drawn_kinds(shop, 2) if kind.hand == "own"}


def test_a_check_that_is_not_examined_says_why() -> None:
    load_kinds()
    shop = own_shop({"events": [event(i) for i in range(4)], "products": []})
    tally = Tally(not_checked=("purchase_before_view: this log holds no views",))

    def reason(name: str, step: str, on: str) -> str:
        check = Check(name=name, step=step, on=on, action="note", why="w", fix="m")  # type: ignore[arg-type]
        return reason_for(check, shop, tally)

    assert reason("no_title", "schema", "products") == "no products"
    assert reason("of_tomorrow", "coverage", "events") == "no kind of dirt for it yet"
    assert reason("mine", "own", "events") == "a check of your own"
    assert reason("purchase_before_view", "order", "events").endswith("holds no views")
    assert "no rows, or too few, for" in reason("bad_dwell", "schema", "events")
    tally.scores["dwell_weeks"] = Score(planted=1)
    assert reason("bad_dwell", "schema", "events") == ""


def test_outcomes_of_checks_are_told_apart() -> None:
    load_kinds()
    # kinds that name one check alone, how many cases it found of how many, and its findings
    names = {"bad_rating": "rating_beyond", "no_consent": "refused", "label_form": "country_name"}
    counts = {"bad_rating": (40, 40), "no_consent": (3, 3), "label_form": (2, 20)}
    tally = Tally(right_of=Counter(bad_rating=40, no_consent=3, label_form=2))
    tally.wrong_of["eager"] = 8
    for check, (found, planted) in counts.items():
        score = tally.scores[names[check]] = Score(planted=planted, right_check=found)
        score.right_checks[check] = found
    names_of_checks = ("bad_rating", "eager", "no_consent", "label_form", "absent")
    checks = [
        Check(name=n, step="s", on="events", action="note", why="w", fix="m")
        for n in names_of_checks
    ]
    report = ExamReport(to_dict(tally, seeds=[1], data="own rows", checks=checks))
    assert {c["check"]: c["outcome"] for c in report.body["checks"]} == {
        "bad_rating": "met",
        "eager": "false alarms",
        "no_consent": "too few",
        "label_form": "not met",
        "absent": "not examined",
    }
    assert report.body["checks"][0]["recall"]["low"] == 0.91238
    assert report.below(0.5) == [
        "precision of eager is 0.00 (0 of 8)",
        "recall of label_form is 0.10 (2 of 20)",
    ]
    assert report.not_examined() == [("absent", "")]
