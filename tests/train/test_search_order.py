"""Learning the order of searches on a small simulated shop: negatives, examples, and how far clicks may decide."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from baihuo.bundle import Bundle, OrderColumns, SearchOrder, write
from baihuo.core import Query, Surface
from baihuo.index import Thresholds, answer_set
from baihuo.train import (
    Learned,
    LearnedClicks,
    TrainResult,
    is_held_out,
    learn_search_order,
)
from baihuo.train.search.negatives import NegativeSampling, clicked_kinds, negatives
from baihuo.train.search.relevance_examples import (
    ExampleConfig,
    SearchRows,
    clicked_examples,
    inverse_propensities,
    judged_examples,
)
from baihuo.train.search_order.band_width import MOST_LOST, choose_band_width
from baihuo.train.search_order.candidates import SearchCandidates

from .conftest import Shop


def rows_of(clicks: list[int], *, text: str, product: list[int], page: int = 0) -> SearchRows:
    n = len(clicks)
    return SearchRows(
        np.array([text] * n, object),
        np.array(product, np.int32),
        np.array(clicks, bool),
        np.arange(1, n + 1, dtype=np.int32),
        np.full(n, np.nan),
        np.full(n, page),
    )


@pytest.fixture(scope="session")
def text(shop: Shop) -> str:
    """The title of a product, less its last word: words that several products have."""
    return " ".join(shop.generation.product(0).title.split()[:2])


def test_negatives_were_not_shown_and_each_says_where_it_is_from(shop: Shop, text: str) -> None:
    generation = shop.generation
    shown = np.array([0, 1], np.int32)
    kinds = clicked_kinds(generation, shown[:1], np.ones(1), share=0.1)
    drawn = negatives(
        generation,
        text,
        known=shown,
        kinds=kinds,
        thresholds=Thresholds(),
        sampling=NegativeSampling(),
        rng=np.random.default_rng(0),
    )
    query = Query(query_id="", surface=Surface.SEARCH, visitor_id="", at_us=0, query_text=text)
    answer = set(answer_set(generation, query, Thresholds()).rows.tolist())
    assert len(set(drawn.rows.tolist())) == len(drawn.rows) > 0
    assert not set(drawn.rows.tolist()) & {0, 1}
    for row, origin in zip(drawn.rows.tolist(), drawn.origin.tolist(), strict=True):
        assert (row in answer) == (origin == "sampled")
        if origin != "sampled":
            assert generation.snapshot.category_code[row] not in kinds


def test_skipped_means_above_the_last_click_and_never_clicked_for_these_words(
    shop: Shop, text: str
) -> None:
    page = rows_of([0, 1, 0], text=text, product=[0, 1, 2])
    other = rows_of([1, 0], text=text.upper(), product=[0, 1], page=1)
    both = SearchRows(
        *(
            np.concatenate([getattr(page, f), getattr(other, f)])
            for f in ("query_text", "product", "is_clicked", "position", "propensity", "page")
        )
    )
    no_others = NegativeSampling(n_sampled=0, n_sampled_of_kind=0, n_mined=0, n_random=0)
    config = ExampleConfig(sampling=no_others)
    alone = clicked_examples(shop.generation, page, config=config)
    together = clicked_examples(shop.generation, both, config=config)
    assert alone is not None
    assert together is not None
    assert alone.origin.tolist() == ["clicked", "skipped"]  # product 2 was perhaps never seen
    assert together.origin.tolist() == ["clicked", "clicked"]  # other case, same words


def test_a_rarely_placed_click_weighs_more_up_to_a_limit() -> None:
    weights = inverse_propensities(np.array([1.0, 0.5, 1e-6, np.nan]), most=10.0)
    assert weights.tolist() == [1.0, 2.0, 10.0, 1.0]


def test_held_out_judgements_do_not_train(
    generation_grades: dict[str, dict[str, int]], shop: Shop
) -> None:
    examples = judged_examples(shop.generation, generation_grades, config=ExampleConfig())
    assert examples is not None
    kept = [q for q in generation_grades if not is_held_out(q)]
    assert 0 < len(kept) < len(generation_grades)
    assert len(np.unique(examples.query)) == len(kept)


@pytest.fixture
def generation_grades(shop: Shop) -> dict[str, dict[str, int]]:
    generation = shop.generation
    return {
        f"{generation.product(row).title} {row}": {str(generation.product_ids[row]): 3}
        for row in range(12)
    }


@pytest.fixture(scope="session")
def learned(shop: Shop, trained: TrainResult, tmp_path_factory: pytest.TempPathFactory) -> Learned:
    return learn_search_order(
        shop.generation,
        grades={},
        thresholds=Thresholds(),
        clicks=LearnedClicks(shop.source, trained.data, trained.models),
        out=tmp_path_factory.mktemp("search_order"),
    )


def test_what_was_learned_opens_again_and_says_how(
    learned: Learned, shop: Shop, tmp_path: Path
) -> None:
    bundle = Bundle.open(tmp_path / write(tmp_path, learned.parts))
    order = SearchOrder.open(bundle)
    report = learned.report["relevance"]
    assert order is not None
    assert order.band_width == report["band_width"]
    assert {"clicked", "sampled", "mined", "random"} <= set(report["n_examples"])
    by_order = {line["order"]: line for line in report["band_widths"]}
    chosen = by_order[f"bands of {order.band_width:g}"]
    assert chosen["kept10"] >= by_order["text"]["kept10"] - MOST_LOST  # no relevance is lost,
    assert chosen["ndcg10"] >= by_order["text"]["ndcg10"]  # and clicks are gained


def test_without_clicks_and_judgements_nothing_is_learned(shop: Shop, tmp_path: Path) -> None:
    nothing = learn_search_order(
        shop.generation, grades={}, thresholds=Thresholds(), clicks=None, out=tmp_path
    )
    assert nothing.parts == {}
    assert "no_relevance" in nothing.report


def candidates(
    clicks_like_words: bool, *, seed: int = 4, n_pages: int = 100, coverage_lost: float = 0.0
) -> SearchCandidates:
    """Pages of twenty equally relevant right products and twenty wrong ones, which are worse by 1 log-odd.

    Args:
        coverage_lost: How much of the typed words the better half of what is clicked lacks, on one page in ten.
    """
    rng, n = np.random.default_rng(seed), 40
    is_right = np.tile(np.arange(n) < 20, n_pages)
    clicks = rng.normal(size=n_pages * n)
    if not clicks_like_words:
        clicks += 3.0 * ~is_right  # popular, whatever was typed
    gains = (is_right & (clicks > 1.0)).astype(float)
    page = np.repeat(np.arange(n_pages), n)
    lacks = (page % 10 == 0) & (clicks > 0.0)
    relevance = np.where(is_right, 2.0, 1.0) + 0.04 * rng.normal(size=n_pages * n)
    return SearchCandidates(
        page=page,
        gains=gains,
        is_right=is_right,
        coverage=1.0 - coverage_lost * lacks,
        columns=OrderColumns(
            odds=relevance,
            level=np.full(n_pages * n, -1),
            is_found=np.ones(n_pages * n, np.bool_),
            category=np.zeros(n_pages * n, np.int32),
            text=np.where(is_right, 2.0, 1.0) + 1e-3 * rng.normal(size=n_pages * n),
            clicks=clicks,
        ),
    )


def test_bands_are_wide_enough_for_clicks_and_too_narrow_for_wrong_products() -> None:
    chosen = choose_band_width(candidates(clicks_like_words=False))
    assert 0.1 < chosen.width < 1.0
    by_order = {line["order"]: line for line in chosen.report}
    assert by_order["bands of 2"]["kept10"] < 0.5  # what the width is kept from
    assert by_order[f"bands of {chosen.width:g}"]["kept10"] == 1.0
    assert by_order[f"bands of {chosen.width:g}"]["ndcg10"] > by_order["bands of 0"]["ndcg10"] + 0.2


def test_a_loss_that_pages_cannot_tell_from_nothing_does_not_take_the_clicks_away() -> None:
    """Other pages of the same shop: each time some words are lost by chance, never more than in one page of ten."""
    for seed in range(12):
        chosen = choose_band_width(
            candidates(clicks_like_words=True, seed=seed, n_pages=60, coverage_lost=0.01)
        )
        by_order = {line["order"]: line for line in chosen.report}
        assert by_order["bands of 0.1"]["kept10"] != by_order["bands of 0"]["kept10"]
        assert chosen.width >= 0.1, seed
        of_chosen = by_order[f"bands of {chosen.width:g}"]
        assert of_chosen["ndcg10"] > by_order["text"]["ndcg10"] + 0.2
