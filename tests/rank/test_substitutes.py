"""Beside a product clicks decide which of equally good substitutes takes a place, and never which place has a good one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.click_bundles import linear_click_parts

from baihuo.bundle import Bundle, write
from baihuo.core import Product, Query
from baihuo.features import FeatureState, default_features
from baihuo.index import Generation
from baihuo.model_inputs import click_columns
from baihuo.rank import NO_EXPLORATION, Ranker
from baihuo.rank.scorers.within_classes import within_classes

Ask = Callable[..., Query]
ANCHOR = "phone-dorado-white"
ROW = st.tuples(st.integers(-5, 5), st.integers(-1, 2), st.integers(-3, 3))


@given(st.lists(ROW, max_size=12))
def test_each_place_keeps_its_class_and_the_best_of_a_class_takes_the_first(
    rows: list[tuple[int, int, int]],
) -> None:
    scores, classes, by = (np.array([row[i] for row in rows], float) for i in range(3))
    classes = classes.astype(int)
    new = within_classes(scores, classes, by)
    for one in np.unique(classes[classes >= 0]):
        mine = classes == one
        assert sorted(new[mine]) == sorted(scores[mine])  # the same places
        best_first = by[mine][np.argsort(-new[mine], kind="stable")]
        values = new[mine][np.argsort(-new[mine], kind="stable")]
        pairs = zip(best_first, best_first[1:], values, values[1:], strict=False)
        assert all(a >= b for a, b, v, w in pairs if v > w)
    assert (new[classes < 0] == scores[classes < 0]).all()


def test_a_product_of_which_the_model_knows_nothing_is_the_last_of_its_class() -> None:
    scores, classes = np.array([3.0, 2.0, 1.0, 0.0]), np.array([0, 0, 1, 0])
    by = np.array([np.nan, 1.0, 9.0, 2.0])
    assert within_classes(scores, classes, by).tolist() == [0.0, 2.0, 1.0, 3.0]


@pytest.fixture
def make(tmp_path: Path, generation: Generation, state: FeatureState) -> Callable[[str], Ranker]:
    """With a click model that likes what is cheap and nothing else."""
    columns = click_columns(default_features())
    parts = linear_click_parts(columns, {"similar": "network"}, {"price_log": -1.0})
    bundle = Bundle.open(tmp_path / write(tmp_path, parts))
    return lambda order: Ranker(
        bundle, generation, state, exploration=NO_EXPLORATION, order_switches={"similar": order}
    )


def scored(ranker: Ranker, ask: Ask) -> list[str]:
    """The candidates beside the phone by score, before brands are spread."""
    found = ranker.run(ranker.context(ask("similar", product_id=ANCHOR))).candidates
    order = np.argsort(-found.columns["score"], kind="stable")
    return [str(i) for i in ranker.generation.product_ids[found.rows[order]]]


def test_a_cheap_product_stands_above_equal_ones_and_not_above_those_more_alike(
    make: Callable[[str], Ranker], ask: Ask, products: list[Product]
) -> None:
    of = {p.product_id: p for p in products}
    anchor = of[ANCHOR]

    def likeness(product_id: str) -> tuple[bool, int]:
        one = of[product_id]
        same_colour = one.attributes["Colour"] == anchor.attributes["Colour"]
        return one.category == anchor.category, same_colour + (one.brand == anchor.brand)

    plain, ours = (scored(make(order), ask) for order in ("fused", "learned"))
    assert plain != ours
    assert [likeness(i) for i in plain] == [likeness(i) for i in ours]
    for kind in {likeness(i) for i in ours if likeness(i)[0]}:
        prices = [
            [of[i].price_minor or 0 for i in by if likeness(i) == kind] for by in (plain, ours)
        ]
        n = len(prices[0])
        falls = [np.corrcoef(np.arange(n), np.array(p))[0, 1] if n > 2 else 0.0 for p in prices]
        assert falls[1] >= falls[0]  # cheap ones first, more than without clicks


def test_much_cheaper_is_no_equal_substitute(
    make: Callable[[str], Ranker], ask: Ask, generation: Generation
) -> None:
    """Of a third of the price: it stands where it stood without clicks."""
    cheap = scored(make("fused"), ask)[9]
    generation.set_offer(generation.row_of[cheap], price_minor=17_000)
    plain, ours = (scored(make(order), ask) for order in ("fused", "learned"))
    assert plain != ours
    assert plain.index(cheap) == ours.index(cheap)
