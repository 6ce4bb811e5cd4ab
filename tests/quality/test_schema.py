from __future__ import annotations

from typing import Any

import pytest

from baihuo.core import Product

pytestmark = pytest.mark.checks("schema")

FATAL: list[tuple[str, str, dict[str, Any]]] = [
    ("no_visitor", "click", {"visitor_id": " "}),
    ("no_visitor", "click", {"visitor_id": "\t"}),
    ("no_visitor", "click", {"visitor_id": "\u00a0\u3000\u200b"}),
    ("no_event_id", "click", {"event_id": ""}),
    ("no_product", "purchase", {"product_id": None}),
    ("huge_value", "search", {"query_text": "a" * 30_000}),
    ("bad_quantity", "purchase", {"quantity": -3}),
    ("bad_quantity", "cancel", {"quantity": 0}),
    ("bad_quantity", "add_to_cart", {"quantity": 10**9}),
    ("bad_dwell", "dwell", {"dwell_ms": -1}),
    ("bad_dwell", "dwell", {"dwell_ms": 86_400_000}),
    ("bad_rating", "review", {"rating": 9.0}),
    ("bad_rating", "review", {"rating": float("nan")}),
]
BLANKED: list[tuple[str, str, dict[str, Any]]] = [
    ("bad_price", "purchase", {"price_minor": -250}),
    ("bad_price", "click", {"price_minor": 10**15}),
    ("bad_currency", "click", {"currency": "pounds"}),
    ("bad_position", "impression", {"position": 0}),
    ("bad_propensity", "impression", {"propensity": 1.5}),
    ("bad_propensity", "impression", {"propensity": float("nan")}),
    ("bad_propensity", "impression", {"propensity": 0.0}),
    ("bad_dwell", "click", {"dwell_ms": -5}),
    ("bad_rating", "click", {"rating": 0.0}),
    ("bad_quantity", "click", {"quantity": -1}),
]


def test_a_row_whose_point_is_wrong_goes_to_quarantine_as_it_came(event: Any, cleaned: Any) -> None:
    right = event("impression", -60)
    wrong = [event(t, i, **{"visitor_id": f"v{i}", **w}) for i, (_, t, w) in enumerate(FATAL)]
    run = cleaned([right, *wrong])
    assert [r["event_id"] for r in run.rows("events")] == [right.event_id]
    for taken, (check, _, changed) in zip(run.rows("quarantine_events"), FATAL, strict=True):
        assert (f"0:{taken['line']}", check, "quarantine") in run.found()
        assert (taken["check"], taken["step"]) == (check, "schema")
        ((name, value),) = changed.items()
        assert taken[name] == value or value != value


def test_a_wrong_cell_beside_the_point_is_blanked_and_its_old_value_kept(
    event: Any, cleaned: Any
) -> None:
    wrong = [event(t, i, visitor_id=f"v{i}", **w) for i, (_, t, w) in enumerate(BLANKED)]
    run = cleaned(wrong)
    kept, details = {r["line"]: r for r in run.rows("events")}, run.details()
    for line, (check, _, changed) in enumerate(BLANKED, start=1):
        ((name, value),) = changed.items()
        assert kept[line][name] is None
        assert (f"0:{line}", check, "repair") in run.found()
        assert details[f"0:{line}", check] == {"field": name, "old": str(value), "new": None}


def test_a_currency_in_small_letters_is_put_right(event: Any, cleaned: Any) -> None:
    run = cleaned([event(currency=" eur")])
    assert run.rows("events")[0]["currency"] == "EUR"
    assert run.details()["0:1", "bad_currency"] == {
        "field": "currency",
        "old": " eur",
        "new": "EUR",
    }


@pytest.mark.checks("bad_price", "bad_quantity", "no_visitor")
def test_several_reasons_for_one_row_count_it_once(event: Any, cleaned: Any) -> None:
    run = cleaned([event("purchase", quantity=-1, price_minor=-1, visitor_id=""), event()])
    step = next(s for s in run.report.steps if s.table == "events" and s.step == "schema")
    assert (step.n_in, step.n_kept, step.n_quarantined, step.n_repaired) == (2, 1, 1, 0)
    assert {c for r, c, _ in run.found() if r == "0:1"} == {
        "bad_quantity",
        "bad_price",
        "no_visitor",
    }


def test_edges_of_every_range_are_allowed(event: Any, cleaned: Any) -> None:
    run = cleaned(
        [
            event("purchase", -50, quantity=1, price_minor=0),
            event("purchase", -40, quantity=100_000, price_minor=10**11, product_id="p2"),
            event("impression", -30, position=1, propensity=1.0),
            event("dwell", -20, dwell_ms=0),
            event("review", -10, rating=1.0),
            event("review", 0, rating=5.0, product_id="p3"),
            event("search", 10, product_id=None, query_text=""),
            event("dwell", 20, product_id=None, dwell_ms=5),
        ]
    )
    assert {c for _, c, a in run.found() if a != "note"} == set()


def test_products_without_id_or_title_leave_and_wrong_cells_are_put_right(cleaned: Any) -> None:
    run = cleaned(
        [],
        [
            Product(product_id=" ", title_en="x"),
            Product(product_id="a", title_en="  "),
            Product(
                product_id="b", title_zh="手机", price_minor=-5, stock_units=-2, currency="cny"
            ),
        ],
    )
    assert [r["line"] for r in run.rows("quarantine_products")] == [1, 2]
    (kept,) = run.rows("products")
    assert (kept["price_minor"], kept["stock_units"], kept["currency"]) == (None, 0, "CNY")
    assert run.details()["0:3", "bad_stock"] == {"field": "stock_units", "old": "-2", "new": "0"}
