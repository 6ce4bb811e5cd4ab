"""What visitors turn to after a product moves up among its substitutes, and nothing else does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.rank.conftest import NOW_US
from tests.rank.test_pages import ids

from baihuo.bundle import Bundle, NextItems, write
from baihuo.core import BadInput, Product, Query
from baihuo.features import FeatureState
from baihuo.index import Generation
from baihuo.rank import Exploration, Ranker

Ask = Callable[..., Query]
Make = Callable[..., Ranker]
STILL = Exploration(swap_probability=0, slot_probability=0)
ANCHOR = "phone-dorado-white"


def table(products: list[Product], after: dict[str, list[str]]) -> NextItems:
    """Two next products of each; what is not named is followed by the first two of the catalogue."""
    number = {p.product_id: i for i, p in enumerate(products)}
    rows = np.tile(np.array([0, 1], np.int32), (len(products), 1))
    for product_id, following in after.items():
        rows[number[product_id]] = [number[p] for p in following]
    return NextItems(np.array(list(number), dtype=object), rows)


@pytest.fixture
def make(
    tmp_path: Path, products: list[Product], generation: Generation, state: FeatureState
) -> Make:
    def ranker(after: dict[str, list[str]] | None = None) -> Ranker:
        parts = {} if after is None else table(products, after).parts()
        bundle = Bundle.open(tmp_path / write(tmp_path, {"report.json": {}, **parts}))
        return Ranker(bundle, generation, state, exploration=STILL)

    return ranker


def beside(ranker: Ranker, ask: Ask, product_id: str = ANCHOR) -> list[str]:
    run = ranker.run(ranker.context(ask("similar", product_id=product_id, page_size=40)))
    assert run.failed == ()
    return ids(ranker.page(ask("similar", product_id=product_id, page_size=40)))


def test_what_comes_next_moves_up_among_substitutes(make: Make, ask: Ask) -> None:
    following = ["phone-borealis-red", "phone-cumulus-green"]
    plain, ours = beside(make(), ask), beside(make({ANCHOR: following}), ask)
    for product_id in following:
        assert ours.index(product_id) < plain.index(product_id)
    assert ours.index(following[0]) < ours.index(following[1])
    assert sorted(ours) == sorted(plain)


def test_what_comes_next_of_another_kind_does_not_move_up(make: Make, ask: Ask) -> None:
    """After a phone many buy a charger: it is no substitute, and the other phones keep their places."""
    chargers = ["charger-dorado-white", "charger-dorado-red"]
    assert beside(make({ANCHOR: chargers}), ask) == beside(make({ANCHOR: [ANCHOR] * 2}), ask)


def test_a_product_newer_than_the_training_has_what_follows_the_most_similar_one(
    make: Make, ask: Ask, products: list[Product]
) -> None:
    fresh = replace(
        next(p for p in products if p.product_id == ANCHOR),
        product_id="fresh",
        released_at_us=NOW_US,
    )
    following = ["phone-borealis-red", "phone-cumulus-green"]
    places = {}
    for name, after in (("plain", None), ("ours", {ANCHOR: following})):
        ranker = make(after)
        ranker.generation.upsert([fresh])
        ranker.state.add_products([fresh])
        places[name] = beside(ranker, ask, "fresh")
    for product_id in following:
        assert places["ours"].index(product_id) < places["plain"].index(product_id)


def test_products_that_left_the_catalogue_are_passed_over(make: Make, ask: Ask) -> None:
    ranker = make({ANCHOR: ["phone-borealis-red", "phone-cumulus-green"]})
    ranker.generation.remove(["phone-borealis-red"])
    found = beside(ranker, ask)
    assert "phone-borealis-red" not in found
    assert "phone-cumulus-green" in found[:4]


@pytest.mark.parametrize("after", [[[0, 120]], [[0, -1]], [0, 1]])
def test_a_table_of_other_products_is_refused(
    tmp_path: Path, products: list[Product], after: list[list[int]]
) -> None:
    ids_of_all = np.array([p.product_id for p in products], dtype=object)
    rows = np.array(after, np.int32)
    rows = np.repeat(rows, len(products), axis=0) if rows.ndim == 2 else rows
    bundle = Bundle.open(tmp_path / write(tmp_path, NextItems(ids_of_all, rows).parts()))
    with pytest.raises(BadInput, match="do not fit its 120 products"):
        NextItems.open(bundle)


def test_a_bundle_without_the_table_has_none(purchases_bundle: Bundle) -> None:
    assert NextItems.open(purchases_bundle) is None
