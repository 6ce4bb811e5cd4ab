from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st
from scipy import sparse

from baihuo.core import Product
from baihuo.quality.checks.prices.model import expected

pytestmark = pytest.mark.checks("prices")


USUAL = [(2, 1_900), (1, 2_000), (3, 2_100), (2, 2_000), (2, 1_950)]  # pieces and price


def lines(
    event: Any,
    *quantities_and_prices: tuple[int | None, int],
    kind: str = "purchase",
    first: int = 0,
    product_id: str = "p1",
) -> list[Any]:
    """Purchases, each by another visitor."""
    return [
        event(
            kind,
            i * 60,
            price_minor=p,
            currency="EUR",
            visitor_id=f"v{i}",
            quantity=q,
            product_id=product_id,
        )
        for i, (q, p) in enumerate(quantities_and_prices, first)
    ]


def sold(event: Any, prices: list[int], product_id: str = "p1") -> list[Any]:
    return lines(event, *((None, p) for p in prices), product_id=product_id)


def seen(event: Any, prices: list[int], product_id: str = "p1") -> list[Any]:
    """Clicks that say these prices."""
    return lines(event, *((None, p) for p in prices), kind="click", product_id=product_id)


def mug(price_minor: int, product_id: str = "w") -> Product:
    return Product(
        product_id=product_id,
        title_en="W",
        category=("Home", "Mugs"),
        price_minor=price_minor,
        currency="EUR",
    )


def test_a_purchase_far_from_its_products_price_is_converted_or_withheld(
    event: Any, cleaned: Any
) -> None:
    cases = (
        (200_000, "price_in_wrong_unit", 2_000),
        (20, "price_in_wrong_unit", 2_000),
        (21, "price_in_wrong_unit", None),  # one visitor paid 21.00 once: no second witness
        (2_000_000, "price_outlier", None),
        (100, "price_outlier", None),
        (1, "price_outlier", None),
    )
    usual = [1_900, 2_000, 2_100, 2_000, 1_950]
    rows = [
        row for n, (wrong, *_) in enumerate(cases) for row in sold(event, [*usual, wrong], f"w{n}")
    ]
    goods = [Product(product_id=f"w{n}", title_en=f"Thing {n}") for n in range(len(cases))]
    run = cleaned(rows, goods)
    assert run.found() == {(f"0:{6 * n}", c, "repair") for n, (_, c, _) in enumerate(cases, 1)}
    kept = {r["line"]: r["price_minor"] for r in run.rows("events")}
    for n, (wrong, check, new) in enumerate(cases, 1):
        assert kept[6 * n] == new
        detail = run.details()[f"0:{6 * n}", check]
        assert (detail["old"], detail["new"]) == (str(wrong), None if new is None else str(new))


def test_a_sale_and_a_dear_day_are_not_outliers(event: Any, cleaned: Any) -> None:
    assert cleaned(sold(event, [2_000, 2_000, 2_000, 2_000, 2_000, 400, 9_000])).found() == set()


def test_a_wholesale_line_may_be_cheap(event: Any, cleaned: Any) -> None:
    assert cleaned(lines(event, *USUAL, (500, 100))).found() == set()


@pytest.mark.checks("price_outlier")
@pytest.mark.parametrize(
    ("quantity", "price"),
    [
        (9, 100),
        (None, 100),
        (500, 2),  # nobody discounts to a thousandth
        (500, 50_000),  # nor is a large line dearer
    ],
)
def test_a_quantity_explains_no_other_price(
    quantity: int | None, price: int, event: Any, cleaned: Any
) -> None:
    run = cleaned(lines(event, *USUAL, (quantity, price)))
    assert run.found() == {("0:6", "price_outlier", "repair")}


def test_a_large_line_in_another_unit_is_still_converted(event: Any, cleaned: Any) -> None:
    run = cleaned(lines(event, *USUAL, (500, 20)))
    assert run.found() == {("0:6", "price_in_wrong_unit", "repair")}


def test_a_product_seldom_bought_is_judged_by_the_catalogue(event: Any, cleaned: Any) -> None:
    catalogue = [Product(product_id="p1", title_en="x", price_minor=1_000, currency="EUR")]
    run = cleaned(sold(event, [100_000, 1_100]), catalogue)
    assert run.found() == {("0:1", "price_in_wrong_unit", "repair")}


@pytest.mark.checks("price_in_wrong_unit", "price_outlier")
def test_a_product_without_a_price_is_judged_by_what_its_events_say(
    event: Any, cleaned: Any
) -> None:
    unpriced = [Product(product_id="p1", title_en="Mug", currency="EUR")]
    run = cleaned(seen(event, [2_000] * 6 + [34_000, 200_000]), unpriced)
    assert run.found() == {
        ("0:7", "price_outlier", "repair"),
        ("0:8", "price_in_wrong_unit", "repair"),
    }
    assert cleaned(seen(event, [2_000, 34_000]), unpriced).found() == set()


def test_another_currency_is_another_price(event: Any, cleaned: Any) -> None:
    events = [
        *sold(event, [2_000] * 6),
        event("purchase", 900, price_minor=200_000, currency="JPY"),
    ]
    assert cleaned(events).found() == set()


def category(seed: int, n: int, spread: float) -> list[Product]:
    prices = np.exp(np.random.default_rng(seed).normal(8, spread, n)).astype(int)
    return [replace(mug(int(p), f"p{i}"), title_en=f"T{i}") for i, p in enumerate(prices)]


def test_a_listing_far_from_its_category_is_withheld(cleaned: Any) -> None:
    wrong = mug(300_000)
    run = cleaned([], [*category(1, 60, 0.4), wrong])
    assert run.found() == {("0:61", "listing_price_outlier", "repair")}
    assert {r["product_id"]: r["price_minor"] for r in run.rows("products")}["w"] is None


def test_a_listing_is_converted_only_when_its_purchases_agree(event: Any, cleaned: Any) -> None:
    wrong = mug(300_000)
    run = cleaned(
        sold(event, [3_000, 3_100, 2_900, 3_000, 3_000], "w"), [*category(1, 60, 0.4), wrong]
    )
    assert ("0:61", "listing_price_in_wrong_unit", "repair") in run.found()
    assert {r["product_id"]: r["price_minor"] for r in run.rows("products")}["w"] == 3_000


def test_a_small_or_wide_category_proves_nothing(cleaned: Any) -> None:
    dear = mug(300_000)
    assert cleaned([], [*category(1, 10, 0.4), dear]).found() == set()
    assert cleaned([], [*category(1, 60, 1.5), dear]).found() == set()


@pytest.mark.checks("listing_price_against_events")
def test_a_listing_that_its_own_events_contradict_is_withheld_and_they_are_left_alone(
    event: Any, cleaned: Any
) -> None:
    catalogue = [
        Product(product_id="p1", title_en="Knife", price_minor=2, currency="EUR"),
        Product(product_id="p2", title_en="Lamp", price_minor=900, currency="EUR"),
    ]
    run = cleaned(seen(event, [9_900] * 6) + seen(event, [950] * 6 + [30_000] * 2, "p2"), catalogue)
    found = {f for f in run.found() if f[1].startswith("listing_price")}
    assert found == {("0:1", "listing_price_against_events", "repair")}
    assert run.details()["0:1", "listing_price_against_events"]["events_say"] == 9_900
    kept = {r["line"]: r["price_minor"] for r in run.rows("events")}
    assert [kept[i] for i in range(1, 7)] == [9_900] * 6  # none of the true ones is touched


def test_a_listing_that_most_of_its_events_say_a_hundredth_of_is_converted(
    event: Any, cleaned: Any
) -> None:
    catalogue = [Product(product_id="p1", title_en="Knife", price_minor=990_000, currency="EUR")]
    run = cleaned(seen(event, [9_900] * 6), catalogue)
    assert ("0:1", "listing_price_in_wrong_unit", "repair") in run.found()
    assert run.rows("products")[0]["price_minor"] == 9_900


def test_a_price_among_products_without_a_category_is_noted(cleaned: Any) -> None:
    plain = [
        Product(product_id=f"n{i}", title_en=f"N{i}", price_minor=900 + 40 * i, currency="EUR")
        for i in range(40)
    ]
    wrong = Product(product_id="w", title_en="W", price_minor=2_000_000, currency="EUR")
    assert cleaned([], [*plain, wrong]).found() == {("0:41", "listing_price_outlier", "note")}


def test_a_category_of_cheap_and_dear_things_is_judged_by_words(cleaned: Any) -> None:
    """A cable at the price of a server is an error, and a server is none."""
    rng = np.random.default_rng(3)
    cables = [
        (f"Patch cable {c} number {n}", 900) for n, c in enumerate(["blue", "red", "grey"] * 20)
    ]
    servers = [(f"Rack server {c} number {n}", 400_000) for n, c in enumerate(["tall", "low"] * 15)]
    wrong = ("Patch cable blue, very long", 900 * 2_000)
    catalogue = [
        Product(
            product_id=f"p{i}",
            title_en=title,
            category=("Computers", "Networking"),
            currency="EUR",
            price_minor=int(price * np.exp(rng.normal(0, 0.3))),
        )
        for i, (title, price) in enumerate([*cables, *servers, wrong])
    ]
    run = cleaned([], catalogue)
    found = {f for f in run.found() if f[1].startswith("listing_price")}
    assert found == {("0:91", "listing_price_outlier", "repair")}


def test_a_price_that_somebody_paid_is_none_to_doubt(event: Any, cleaned: Any) -> None:
    dear = mug(300_000)
    run = cleaned(sold(event, [290_000], "w"), [*category(1, 60, 0.4), dear])
    assert run.found() == set()


def test_prices_are_expected_by_words_and_a_few_wild_ones_do_not_matter() -> None:
    rng = np.random.default_rng(5)
    words = sparse.csr_matrix(
        (rng.random((600, 20)) < [1.0] + 19 * [0.2]).astype(float)
    )  # one is in all
    slopes = rng.normal(0, 1, 20)
    log_prices = 7 + words @ slopes + rng.normal(0, 0.1, 600)
    wild = rng.choice(600, 12, replace=False)
    log_prices[wild] += 8
    predicted = expected(words, log_prices, np.arange(600) % 3)
    off = np.abs(log_prices - predicted)
    assert np.median(np.delete(off, wild)) < 0.25
    assert off[wild].min() > 7


LISTED = [Product(product_id="p1", title_en="x", price_minor=1_999, currency="EUR")]


def test_a_price_that_is_off_by_no_unit_is_withheld_never_rewritten(
    event: Any, cleaned: Any
) -> None:
    many = (18, 23, 37, 50, 57, 60, 1 / 18, 1 / 37, 1 / 60)
    usual = [(1, 1_999), (1, 1_499), (1, 1_999), (2, 1_799), (1, 1_999), (1, 1_299)]
    events = []
    for n, times in enumerate(many):
        rows = lines(event, *usual, (1, int(1_999 * times)))
        events += [replace(e, product_id=f"t{n}", visitor_id=f"{e.visitor_id}.{n}") for e in rows]
    run = cleaned(events, [replace(LISTED[0], product_id=f"t{n}") for n in range(len(many))])
    off = [7 * n for n in range(1, len(many) + 1)]
    assert run.found() == {(f"0:{line}", "price_outlier", "repair") for line in off}
    kept = {r["line"]: r["price_minor"] for r in run.rows("events")}
    assert all(kept[line] is None for line in off)


def test_a_price_that_two_other_visitors_paid_is_kept(event: Any, cleaned: Any) -> None:
    run = cleaned(sold(event, [2_000] * 8 + [30_000, 30_000, 31_000]))
    assert {action for _, _, action in run.found()} == {"note"}


@pytest.mark.parametrize(
    ("n_usual", "n_wrong", "action"), [(140, 4, "repair"), (140, 9, "note"), (20, 4, "note")]
)
def test_a_few_of_very_many_visitors_are_no_second_price(
    n_usual: int, n_wrong: int, action: str, event: Any, cleaned: Any
) -> None:
    """A fault of a sender comes more than once; what a tenth of all may have paid is a price."""
    run = cleaned(sold(event, [2_000] * n_usual + [200_000] * n_wrong))
    assert {action for _, _, action in run.found()} == {action}
    kept = Counter(row["price_minor"] for row in run.rows("events"))
    assert kept[2_000] == n_usual + (n_wrong if action == "repair" else 0)


def test_a_listing_is_not_converted_by_one_visitor_nor_by_a_price_near_a_hundredth(
    event: Any, cleaned: Any
) -> None:
    knife = [Product(product_id="p1", title_en="Knife", price_minor=990_000, currency="EUR")]
    clicks = [
        event("click", i * 4_000, price_minor=9_900, currency="EUR", visitor_id="bot")
        for i in range(6)
    ]
    run = cleaned(clicks, knife)
    assert run.rows("products")[0]["price_minor"] == 990_000
    run = cleaned(seen(event, [8_700, 8_900, 8_800, 8_800, 8_900, 8_600]), knife)
    assert ("0:1", "listing_price_in_wrong_unit", "repair") in run.found()
    assert run.rows("products")[0]["price_minor"] is None


def test_a_cheap_product_whose_clicks_come_in_another_unit_keeps_its_listing(
    event: Any, cleaned: Any
) -> None:
    right = mug(2_900, "p1")
    run = cleaned(seen(event, [290_000] * 6), [*category(1, 60, 0.4), right])
    products = {r["product_id"]: r["price_minor"] for r in run.rows("products")}
    assert products["p1"] == 2_900
    assert ("0:61", "listing_price_in_wrong_unit", "note") in run.found()


PRODUCT = st.tuples(
    st.lists(st.sampled_from([1_999, 1_499, 1_799, 2_499]), min_size=1, max_size=9),
    st.lists(st.tuples(st.integers(1, 200), st.floats(0.002, 2_000)), max_size=2),
    st.lists(st.sampled_from([0.01, 0.1, 1, 10, 100, 1_000]), max_size=2),
    st.sampled_from([None, 1_999, 199_900, 20, 44_000]),
)


@effort(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(PRODUCT, min_size=30, max_size=60))
def test_no_repair_writes_a_price_that_no_witness_names(
    event: Any, cleaned: Any, drawn: list[Any]
) -> None:
    """Whatever is wrong, a price that is written is the listing's or one that another visitor has."""
    catalogue: list[Any] = []
    rows: list[Any] = []
    for n, (usual, far, factors, listed) in enumerate(drawn):
        prices = [(1, p) for p in usual]
        prices += [(q, max(1, int(1_999 * t))) for q, t in far]
        prices += [(2, max(1, int(1_999 * f))) for f in factors]
        product_id = f"p{n}"
        catalogue.append(
            Product(product_id=product_id, title_en="x", price_minor=listed, currency="EUR")
        )
        rows += [
            replace(one, product_id=product_id) for one in lines(event, *prices, first=len(rows))
        ]
    named = Counter((e.product_id, e.price_minor) for e in rows)
    run = cleaned(rows, catalogue)
    for row in run.rows("events"):
        old, key = rows[row["line"] - 1].price_minor, (row["product_id"], row["price_minor"])
        listed = catalogue[int(row["product_id"][1:])].price_minor
        assert row["price_minor"] in (old, None, listed) or named[key] > 0
    for row in run.rows("products"):
        old, key = catalogue[row["line"] - 1].price_minor, (row["product_id"], row["price_minor"])
        assert row["price_minor"] in (old, None) or named[key] > 1


def test_two_slips_of_one_product_do_not_contradict_its_listing(event: Any, cleaned: Any) -> None:
    catalogue = [Product(product_id="p1", title_en="Knife", price_minor=13_400, currency="EUR")]
    run = cleaned(seen(event, [1_340_000, 134, 13_400, 13_400]), catalogue)
    found = {(row, check) for row, check, _ in run.found() if check.startswith("price")}
    assert found == {("0:1", "price_in_wrong_unit"), ("0:2", "price_in_wrong_unit")}


def test_a_digit_too_many_is_withheld_and_one_too_few_may_be_a_sale(
    event: Any, cleaned: Any
) -> None:
    run = cleaned(sold(event, [4_900] * 9 + [49_000, 490]))
    assert run.found() == {("0:10", "price_outlier", "repair")}
    assert [r["price_minor"] for r in run.rows("events")][-2:] == [None, 490]


def test_the_price_of_a_line_is_noted_where_others_name_that_of_a_piece(
    event: Any, cleaned: Any
) -> None:
    usual = lines(event, *((1 + n % 3, 1999) for n in range(12)))
    total, dearer, other = lines(event, (3, 3 * 1999), (3, 3 * 1999 + 50), (2, 3 * 1999), first=40)
    found = cleaned([*usual, total]).found()
    assert found == {("0:13", "price_outlier", "note")}
    assert not cleaned([*usual, dearer]).found()
    assert not cleaned([*usual, other]).found()


def test_far_more_pieces_than_usual_are_noted_and_a_wholesaler_s_are_not(
    event: Any, cleaned: Any
) -> None:
    few = [event("add_to_cart", 60 * n, quantity=1 + n % 4) for n in range(120)]
    stock = event("add_to_cart", 9000, quantity=412)
    assert cleaned([*few, stock]).found() == {("0:121", "quantity_outlier", "note")}
    many = [event("add_to_cart", 60 * n, quantity=3 ** (n % 6)) for n in range(120)]
    assert not cleaned([*many, stock]).found()
