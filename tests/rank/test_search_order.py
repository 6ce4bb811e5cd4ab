"""Searches in bands of learned relevance: clicks decide among good matches, and never lift a poor one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.click_bundles import linear_click_parts
from tests.index._shop import opened
from tests.rank.test_pages import ids, stored

from baihuo.bundle import (
    Bundle,
    OrderColumns,
    SearchOrder,
    banded,
    word_match,
    words_first,
    write,
)
from baihuo.core import Product, Query, Sort
from baihuo.features import FeatureState, default_features
from baihuo.index import Generation
from baihuo.model_inputs import (
    EVIDENCE_COLUMNS,
    click_columns,
    evidence_columns,
    knows_all_words,
)
from baihuo.rank import Exploration, Ranker
from baihuo.train.search.fit_relevance import fit_relevance
from baihuo.train.search.relevance_examples import RelevanceExamples

Ask = Callable[..., Query]
STILL = Exploration(swap_probability=0, slot_probability=0)
CHEAP_FIRST = {"price_log": -1.0}


def learned_relevance(generation: Generation) -> SearchOrder:
    """Learned from colours and kinds: what has both words is relevant, what has one of them is not."""
    parts = []
    for number, (colour, kind) in enumerate(
        (c, k) for c in ("red", "blue", "green") for k in ("phone", "charger", "mug", "teapot")
    ):
        rows = np.arange(generation.n, dtype=np.int32)
        names = [str(p) for p in generation.product_ids]
        is_right = [n.startswith(kind) and n.endswith(colour) for n in names]
        parts.append(
            RelevanceExamples(
                evidence_columns(generation, f"{colour} {kind}", rows),
                np.array(is_right, float),
                np.ones(len(rows)),
                np.full(len(rows), number),
                np.full(len(rows), "judged"),
            )
        )
    return replace(fit_relevance(RelevanceExamples.concatenate(parts)).order, band_width=1.0)


@pytest.fixture
def bundle(tmp_path: Path, generation: Generation) -> Bundle:
    columns = click_columns(default_features())
    surfaces = dict.fromkeys(("search", "home", "similar"), "network")
    parts = linear_click_parts(columns, surfaces, CHEAP_FIRST)
    order = learned_relevance(generation)
    return Bundle.open(tmp_path / write(tmp_path, parts | order.parts({"n_judged_queries": 12})))


@pytest.fixture
def make(bundle: Bundle, generation: Generation, state: FeatureState) -> Callable[..., Ranker]:
    def ranker(exploration: Exploration = STILL, **switches: str) -> Ranker:
        return Ranker(bundle, generation, state, exploration=exploration, order_switches=switches)

    return ranker


def price(ranker: Ranker, product_id: str) -> int:
    return ranker.generation.product(ranker.generation.row_of[product_id]).price_minor or 0


def test_a_cheap_product_without_the_words_stays_below_those_that_have_them(
    make: Callable[..., Ranker], ask: Ask
) -> None:
    ranker = make()
    served = ranker.page(ask("search", query_text="red kettle"))  # no kettle was learned from
    first = ids(served)[:4]
    assert set(first) == {f"kettle-{b}-red" for b in ("acme", "borealis", "cumulus", "dorado")}
    assert len(ids(served)) > 4  # mugs and kettles of other colours follow, cheaper ones among them
    assert first == sorted(
        first, key=lambda i: price(ranker, i)
    )  # within the band the model decides


def test_the_page_says_which_order_served(make: Callable[..., Ranker], ask: Ask) -> None:
    query = ask("search", query_text="red kettle", explain=True)
    learned = make().page(query).page
    assert learned.order == "learned:topicality+network"
    assert "learned:topicality+network" in learned.trace[-1].note
    assert make(search="text").page(query).page.order == "text"
    known = ask("home", visitor_id="v1")
    assert make().page(known).page.order == "learned:network"
    assert make(home="fused").page(known).page.order == "fused"
    by_price = ask("search", query_text="red kettle", sort=Sort.PRICE_ASC)
    assert make().page(by_price).page.order == "price_asc"


def test_a_later_page_has_the_order_of_the_first(make: Callable[..., Ranker], ask: Ask) -> None:
    first = make().page(ask("search", query_text="acme", page_size=10))
    again = ask("search", query_text="acme", page_size=10, page=2)
    second = make(search="text").page(again, continued=stored(first))
    assert second.page.order == first.page.order == "learned:topicality+network"


def test_the_switch_to_text_is_the_order_without_a_bundle(
    make: Callable[..., Ranker], generation: Generation, state: FeatureState, ask: Ask
) -> None:
    without = Ranker(None, generation, state, exploration=STILL)
    for text in ("red kettle", "acme", "手机"):
        query = ask("search", query_text=text)
        assert make(search="text").page(query).order == without.page(query).order


def test_searches_that_the_gate_refused_are_ordered_by_words(
    bundle: Bundle, make: Callable[..., Ranker], ask: Ask
) -> None:
    bundle.write_gate({"is_open": True, "order_by": {"search": "text"}})
    query = ask("search", query_text="red kettle")
    assert make().page(query).page.order == "text"
    known = ask("home", visitor_id="v1")
    assert make().page(known).page.order == "learned:network"  # only searches were refused
    assert make(search="learned").page(query).page.order == "learned:topicality+network"


def test_the_random_slot_stays_among_relevant_products(
    make: Callable[..., Ranker], ask: Ask
) -> None:
    lively = Exploration(swap_probability=0, slot_probability=0.99)
    text = "red kettle"
    drawn: set[str] = set()
    for i in range(60):
        served = make(lively).page(ask("search", query_id=f"q{i}", query_text=text, page_size=2))
        drawn |= {p.product_id for p in served.page.placed if p.reason == "explore"}
    assert drawn  # something was explored,
    assert drawn <= {f"kettle-{b}-red" for b in ("acme", "borealis", "cumulus", "dorado")}


def test_the_propensity_is_how_often_a_product_stands_there(
    make: Callable[..., Ranker], ask: Ask
) -> None:
    lively = Exploration(swap_probability=0.1, slot_probability=0.5)
    ranker, counts, n = make(lively), dict[tuple[str, int], int](), 700
    claimed: dict[tuple[str, int], float] = {}
    for i in range(n):
        page = ranker.page(
            ask("search", query_id=f"q{i}", query_text="red kettle", page_size=2)
        ).page
        for placed in page.placed:
            at = placed.product_id, placed.position
            counts[at] = counts.get(at, 0) + 1
            claimed[at] = placed.propensity or 0.0
    for at, propensity in claimed.items():
        assert counts[at] / n == pytest.approx(propensity, abs=0.08), at


def test_a_search_without_words_is_ordered_by_clicks(make: Callable[..., Ranker], ask: Ask) -> None:
    ranker = make()
    prices = [price(ranker, i) for i in ids(ranker.page(ask("search", query_text="")))]
    assert np.median(prices[:8]) < np.median(prices[-8:])


@given(
    rows=st.lists(st.tuples(st.floats(-9, 9), st.floats(-5, 5)), min_size=1, max_size=30),
    width=st.floats(0.1, 5),
)
def test_nothing_passes_a_product_that_is_a_band_better(
    rows: list[tuple[float, float]], width: float
) -> None:
    relevance, within = (np.array(column) for column in zip(*rows, strict=True))
    scores = banded(relevance, within, -within, np.zeros(len(rows), int), band_width=width)
    for i in range(len(rows)):
        clearly_worse = relevance < relevance[i] - width * (1 + 1e-9)
        assert (scores[clearly_worse] < scores[i]).all()


@given(
    rows=st.lists(
        st.tuples(st.floats(-9, 9), st.floats(-5, 5), st.integers(-1, 3)), min_size=1, max_size=30
    ),
    width=st.floats(0.1, 5),
)
def test_no_product_of_the_kind_stands_before_one_with_more_of_the_words(
    rows: list[tuple[float, float, int]], width: float
) -> None:
    odds, within, level = (np.array(column) for column in zip(*rows, strict=True))
    floored = words_first(odds, level, band_width=width)
    scores = banded(floored, within, within, np.zeros(len(rows), int), band_width=width)
    for i in np.flatnonzero(level >= 0):
        assert (scores[level > level[i]] < scores[i]).all()
        same = level == level[i]
        by_odds = np.argsort(odds[same])
        assert (np.diff(floored[same][by_odds]) > -1e-9).all()  # their own order stays
    assert (floored[level < 0] == odds[level < 0]).all()  # other kinds are no reason to lower


@given(
    rows=st.lists(
        st.tuples(st.floats(-2, 2), st.floats(-5, 5), st.integers(-1, 3), st.floats(0, 9)),
        min_size=1,
        max_size=30,
    ),
    width=st.floats(0.1, 5),
)
def test_clicks_choose_products_of_a_category_and_never_which_category_stands_where(
    rows: list[tuple[float, float, int, float]], width: float
) -> None:
    odds, clicks, category, text = (np.array(column) for column in zip(*rows, strict=True))

    def order(clicks: NDArray[np.float64]) -> NDArray[np.intp]:
        every = np.ones(len(rows), np.bool_)
        columns = OrderColumns(odds, np.full(len(rows), -1), every, category, text, clicks)
        return np.argsort(-columns.scores(width), kind="stable")

    by_words = np.lexsort((-text, -odds, np.floor((odds.max() - odds) / width)))
    assert category[order(clicks)].tolist() == category[by_words].tolist()
    best = category == category[by_words[0]]
    near = best & (np.floor((odds.max() - odds) / width) == 0)
    assert clicks[order(clicks)[0]] == clicks[near].max()  # of its category and band, clicks choose


def test_where_no_word_is_found_vectors_decide_and_not_clicks() -> None:
    """Three power banks for 黑移动电源, of which only the vectors know which is black."""
    evidence = np.concatenate([evidence_of(coverage=0.0, bm25_share=0.0)] * 3)
    level, is_found = word_match(evidence, np.ones(3, np.bool_))
    assert not is_found.any()
    text, clicks = np.array([8.0, 6.0, 7.0]), np.array([-1.0, 9.0, 0.0])
    ordered = OrderColumns(np.full(3, -2.9), level, is_found, np.zeros(3, int), text, clicks)
    assert np.argsort(-ordered.scores(1.0)).tolist() == [0, 2, 1]
    some = replace(ordered, is_found=np.ones(3, np.bool_))
    assert np.argsort(-some.scores(1.0)).tolist() == [1, 2, 0]


def test_where_no_product_has_a_word_vectors_decide_and_not_clicks() -> None:
    """Rice for "thai rice", where titles say Thailand: all have the same words, and only vectors know."""
    evidence = np.concatenate([evidence_of(coverage=1.0)] * 3)
    level, is_found = word_match(evidence, np.ones(3, np.bool_), is_known=False)
    text, clicks = np.array([8.0, 6.0, 7.0]), np.array([-1.0, 9.0, 0.0])
    ordered = OrderColumns(np.full(3, 2.0), level, is_found, np.zeros(3, int), text, clicks)
    assert np.argsort(-ordered.scores(1.0)).tolist() == [0, 2, 1]


def test_where_no_word_is_found_vectors_decide_which_category_stands_first() -> None:
    """Monitors and a mouse for 电脑配件, which no title says: that one category is asked for more surely, the words did not say."""
    evidence = np.concatenate([evidence_of(coverage=0.0, bm25_share=0.0)] * 4)
    level, is_found = word_match(evidence, np.array([True, True, True, False]))
    text, odds = np.array([7.4, 7.2, 7.3, 9.0]), np.array([-2.7, -2.7, -4.0, -2.7])
    category = np.array([0, 0, 1, 0])
    ordered = OrderColumns(odds, level, is_found, category, text, np.array([0.0, 5.0, 0.0, 9.0]))
    assert np.argsort(-ordered.scores(0.3)).tolist() == [0, 2, 1, 3]  # the last has no price
    words = replace(ordered, is_found=np.ones(4, np.bool_))
    assert np.argsort(-words.scores(0.3)).tolist() == [1, 0, 2, 3]


def test_a_character_that_no_product_has_as_a_word_is_an_unknown_one(tmp_path: Path) -> None:
    """铝 is in 铝合金, and no word of its own; a note on one character would help nobody, but clicks must not decide."""
    pans = [
        Product(product_id=f"p{i}", title_zh=f"平底锅 {of} 28cm", category=("厨具", "平底锅"))
        for i, of in enumerate(("铝合金", "铸铁", "不锈钢"))
    ]
    shop = opened(pans, tmp_path)
    assert not knows_all_words(shop, "铝平底锅")
    assert knows_all_words(shop, "铸铁平底锅")
    assert knows_all_words(shop, "我想买的平底锅")


def evidence_of(**values: float) -> NDArray[np.float32]:
    whole = {"type_match": 1.0, "coverage": 1.0, "bm25_share": 1.0} | values
    return np.array([[whole.get(name, 0.0) for name in EVIDENCE_COLUMNS]], np.float32)


def test_levels_count_words_then_their_share_then_whether_it_can_be_bought_then_bm25() -> None:
    def level(is_for_sale: bool = True, **values: float) -> int:
        return int(word_match(evidence_of(**values), np.array([is_for_sale]))[0][0])

    assert level() == level(bm25_share=0.8) == 0
    assert level() < level(bm25_share=0.6) < level(bm25_share=0.0) < level(is_for_sale=False)
    assert level(is_for_sale=False, bm25_share=0.0) < level(coverage=0.9) < level(coverage=0.4)
    assert level(coverage=0.4) < level(missing=1, coverage=0.9)
    assert level(type_match=0.2) == level(type_match=0.2, missing=2, coverage=0.1) == -1


def test_without_a_width_relevance_alone_orders() -> None:
    relevance, within = np.array([1.0, 3.0, 2.0]), np.array([9.0, 0.0, 5.0])
    assert np.argsort(
        -banded(relevance, within, -within, np.zeros(3, int), band_width=0)
    ).tolist() == [
        1,
        2,
        0,
    ]
    assert np.argsort(
        -banded(relevance, within, -within, np.zeros(3, int), band_width=9)
    ).tolist() == [
        0,
        2,
        1,
    ]


def test_far_below_the_best_words_decide_and_not_clicks() -> None:
    relevance, clicks = np.array([5.0, 5.1, -3.0, -3.1]), np.array([1.0, 0.0, 0.0, 9.0])
    text = np.array([0.1, 0.2, 0.4, 0.3])
    assert np.argsort(
        -banded(relevance, clicks, text, np.zeros(4, int), band_width=1)
    ).tolist() == [
        0,
        1,
        2,
        3,
    ]


def test_evidence_does_not_depend_on_the_other_candidates(generation: Generation) -> None:
    rows = np.arange(generation.n, dtype=np.int32)
    everything: Any = evidence_columns(generation, "red kettle", rows)
    few = evidence_columns(generation, "red kettle", rows[[3, 70, 5]])
    assert np.array_equal(few, everything[[3, 70, 5]])
    assert np.isnan(evidence_columns(generation, "  ", rows)).all()
