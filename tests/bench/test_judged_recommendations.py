"""The exam of home pages and similar products: grades of obvious substitutes, truths worked out by hand, a small sample shop."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from baihuo.core.tables import products_to_table
from baihuo.settings import Settings, Shop
from baihuo.simulate import UNTIL_US, make_shop
from baihuo.simulate.listings import listings
from baihuo.simulate.vocabulary import vocabulary
from suites.judged.asking import Answer, Asked
from suites.judged.catalogue import Catalogue, Item
from suites.judged.closeness import closeness
from suites.judged.recommending import (
    JudgedPages,
    judged_pages,
    measured,
    oracle_answers,
    recommended_results,
)
from suites.judged.shops import unlearned
from suites.judged.tastes import Tastes
from suites.judged.thesaurus import thesaurus

SHOE = Item(
    product_id="shoe",
    kind="Running shoes",
    price=100,
    brand="Acme",
    attributes={"Colour": "Red", "Material": "mesh", "Gender": "women"},
)


def like(product_id: str, **attributes: str) -> Item:
    """The shoe with other attributes."""
    return replace(
        SHOE, product_id=product_id, attributes={**SHOE.attributes, **attributes}, titles={}
    )


@pytest.mark.parametrize(
    ("item", "grade"),
    [
        (like("blue", Colour="Blue"), 3),
        (replace(like("dear", Colour="Blue"), price=151), 2),
        (replace(like("knit", Colour="Blue", Material="knit"), brand="Other"), 2),
        (replace(like("far", Colour="Blue", Material="knit"), brand="Other", price=20), 1),
        (like("men", Gender="men"), 0),
        (replace(like("sneaker"), kind="Sneakers"), 1),
        (replace(like("rice"), kind="Rice"), 0),
        (replace(like("gone"), has_stock=False), 0),
        (replace(like("unpriced"), price=None), 0),
        (SHOE, 0),
    ],
    ids=lambda value: value.product_id if isinstance(value, Item) else "",
)
def test_a_substitute_is_the_same_kind_alike_and_of_a_similar_price(item: Item, grade: int) -> None:
    assert closeness(SHOE, item, thesaurus()) == grade


SHELF = Catalogue(tuple(like(name) for name in ("a", "b", "c")), {}, "CNY")
PEOPLE = Tastes(
    visitor_ids=("v1", "v2", "new-0"),
    is_new=np.array([False, False, True]),
    languages=("en", "zh", "en"),
    product_ids=("a", "b", "c"),
    p_click=np.array([[0.8, 0.2, 0.0], [0.0, 0.4, 0.4], [0.0, 0.1, 0.0]]),
)


def test_a_home_page_is_judged_by_what_its_visitor_would_click() -> None:
    known, new = judged_pages(PEOPLE, SHELF, seed=1)[:2]
    assert (known.surface, known.visitors, new.visitors) == ("home", "known", "new")
    assert known.asked == (Asked("v1", "en"), Asked("v2", "zh"))
    assert known.asked[0].path == "recommend/home"
    assert [a.product_ids for a in oracle_answers(known, "clicks")] == [
        ("a", "b", "c"),
        ("b", "c", "a"),
    ]
    values = measured(known, [Answer(("a", "b")), Answer(("a", "c", "b"))], "clicks")
    worst = (0.4 / np.log2(3) + 0.4 / 2) / (0.4 + 0.4 / np.log2(3))
    assert values["ndcg10_clicks"] == pytest.approx([1, worst])
    assert values["p_click10"] == pytest.approx([0.1, 0.08])


def test_beside_a_product_a_newcomer_is_one_of_those_who_would_click_it() -> None:
    """All of v1, v2 and the newcomer might click b, with 0.2, 0.4 and 0.1: their tastes count so much."""
    new = judged_pages(PEOPLE, SHELF, seed=1)[3]
    assert new.asked == (Asked("new-0", "en", "b"),)
    assert new.asked[0].path == "recommend/similar"
    weights = np.array([0.2, 0.4, 0.1]) / 0.7
    expected = weights @ PEOPLE.p_click
    assert new.gains["clicks"][0] == pytest.approx([expected[0], 0, expected[2]])
    assert new.gains["grades"][0] == pytest.approx([7, 0, 7])


def test_what_the_learned_order_gains_is_measured_page_by_page() -> None:
    p_click = np.tile([0.9, 0.3, 0.1], (30, 1))
    pages = JudgedPages(
        "home",
        "new",
        tuple(Asked(f"new-{i}", "en") for i in range(30)),
        ("a", "b", "c"),
        {"clicks": p_click},
    )
    bad, good = Answer(("c", "b", "a")), Answer(("a", "b", "c"))
    lines = list(recommended_results(pages, [bad] * 30, [good] * 20 + [bad] * 10, seed=1))
    by_system = {line["system"]: line for line in lines if "system" in line}
    assert by_system["oracle"]["ndcg10_clicks"] == pytest.approx(1)
    difference = next(line for line in lines if line.get("measure") == "ndcg10_clicks")
    assert (difference["n_better"], difference["n_worse"]) == (20, 0)
    interval = difference["learned_minus_plain"]
    assert isinstance(interval, dict)
    assert 0 < interval["low"] < interval["mid"] < interval["high"]
    assert {line["surface"] for line in lines} == {"home"}


def test_a_page_that_nothing_is_right_for_is_left_out() -> None:
    """The only product of its kind has no substitute."""
    gains = {"grades": np.array([[0.0, 7.0], [0.0, 0.0]])}
    asked = (Asked("new-0", "en", "c"), Asked("new-1", "en", "d"))
    pages = JudgedPages("similar", "new", asked, ("a", "b"), gains)
    lines = list(recommended_results(pages, [Answer(("b",))] * 2, [Answer(("a", "b"))] * 2, seed=1))
    assert [line["ndcg10_grades"] for line in lines[:3]] == pytest.approx([1, 1 / np.log2(3), 1])
    assert (lines[3]["n"], lines[3]["n_worse"]) == (1, 1)


def test_a_sample_shop_is_judged_by_its_own_truth(tmp_path: Path) -> None:
    sample = make_shop(tmp_path / "sample", seed=3, n_products=500, n_events=6_000)
    listed = listings(vocabulary(), seed=3, n_products=500, until_us=UNTIL_US)
    products = products_to_table([listing.product for listing in listed])
    pq.write_table(products, tmp_path / "products.parquet")
    catalogue = Catalogue.read(tmp_path / "products.parquet")
    tastes = Tastes.read(sample.truth, catalogue)
    can_be_bought = {i.product_id for i in catalogue.items if i.price and not i.is_sold_out}
    assert set(tastes.product_ids) <= can_be_bought
    assert len(tastes.product_ids) == len(can_be_bought)
    judged = judged_pages(tastes, catalogue, seed=5)
    sorts = [(p.surface, p.visitors) for p in judged]
    assert sorts == [(s, v) for s in ("home", "similar") for v in ("known", "new")]
    for pages in judged:
        n = len(pages.asked)
        assert n == (tastes.is_new if pages.visitors == "new" else ~tastes.is_new).sum() > 15
        anchors = [one.product_id for one in pages.asked]
        if pages.surface == "similar":
            assert len(set(anchors)) == n
        at_random = [Answer(tuple(tastes.product_ids[i : i + 10])) for i in range(n)]
        for measure, gains in pages.gains.items():
            ours = [gains[i, pages.product_ids.index(a)] for i, a in enumerate(anchors) if a]
            assert not any(ours)
            best, chance = (
                np.nanmean(measured(pages, answers, measure)[f"ndcg10_{measure}"])
                for answers in (oracle_answers(pages, measure), at_random)
            )
            assert best == pytest.approx(1)
            assert chance < 0.4


def test_a_copy_serves_no_model_of_clicks_on_any_surface(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop")
    shop.write_settings(Settings(name="Lamps", currency="EUR"))
    copy = unlearned(shop.root, tmp_path / "copy")
    switches = copy.settings().surfaces.switches()
    assert switches == {"search": "text", "home": "fused", "similar": "fused"}
    assert set(shop.settings().surfaces.switches().values()) == {"auto"}
