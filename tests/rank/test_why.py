"""Why a product stands where it does: the causes are what the model reads, and without the cause it stands lower."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import lightgbm
import numpy as np
import pytest
from tests.click_bundles import linear_click_parts

from baihuo.bundle import Bundle, ClickModels, click_parts, write
from baihuo.core import Query
from baihuo.features import FeatureState, default_features
from baihuo.index import Generation
from baihuo.model_inputs import REQUEST_COLUMNS, click_columns, input_words
from baihuo.models import Model, Trees
from baihuo.models.click_blend import ClickBlend
from baihuo.models.click_trees import ClickTrees
from baihuo.rank import NO_EXPLORATION, Ranker, why

Ask = Callable[..., Query]
COLUMNS = click_columns(default_features())


def dear_and_named() -> ClickTrees:
    """Likes what costs more, and a little what has the typed words in its title."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(4_000, len(COLUMNS)))
    price, named = COLUMNS.index("price_log"), COLUMNS.index("title_coverage")
    x[:, price], x[:, named] = rng.uniform(6, 11, 4_000), rng.uniform(0, 1, 4_000)
    liked = x[:, price] - 8 + 0.5 * x[:, named] > 0
    rows = lightgbm.Dataset(x, liked, group=[20] * 200, feature_name=list(COLUMNS))
    grown = lightgbm.train({"objective": "lambdarank", "verbose": -1}, rows, num_boost_round=20)
    return ClickTrees(Trees(grown.model_to_string()))


@pytest.fixture(params=["trees", "network", "both"])
def ranker(
    tmp_path: Path,
    generation: Generation,
    state: FeatureState,
    request: pytest.FixtureRequest,
) -> Ranker:
    """Searches are in the order of each model in turn, all of which like what costs more."""
    parts = linear_click_parts(COLUMNS, {"search": request.param}, {"price_log": 1.0})
    plain = ClickModels.open(Bundle.open(tmp_path / write(tmp_path, parts)))
    assert plain is not None
    each: dict[str, Model] = {**plain.models, "trees": dear_and_named()}
    models = replace(plain, models={**each, "both": ClickBlend(each)})
    made = Bundle.open(tmp_path / write(tmp_path, click_parts(models, report={})))
    return Ranker(made, generation, state, exploration=NO_EXPLORATION)


def test_what_the_model_likes_lifts_a_product_and_lowers_another(ranker: Ranker, ask: Ask) -> None:
    query = ask("search", query_text="acme", page_size=60)
    ids = [placed.product_id for placed in ranker.page(query).page.placed]
    dear, cheap = ("phone-acme-red", "mug-acme-red")
    assert {dear, cheap} <= set(ids)
    for product_id, sign in ((dear, 1), (cheap, -1)):
        found = why(ranker, query, product_id)
        assert found is not None
        assert found.position == ids.index(product_id) + 1
        first = found.causes[0]
        assert first.column == "price_log"
        assert first.words == "price (logarithm)"
        assert sign * first.adds > 0
        assert sign * (first.value - first.of_page) > 0
        assert all(
            abs(a.adds) >= abs(b.adds) for a, b in zip(found.causes, found.causes[1:], strict=False)
        )


def test_without_its_cause_a_product_scores_as_much_less_as_was_said(
    ranker: Ranker, ask: Ask
) -> None:
    query = ask("search", query_text="acme", page_size=60)
    found = why(ranker, query, "phone-acme-red")
    assert found is not None
    context, clicks = ranker.context(query), ranker.clicks
    assert clicks is not None
    ids = [placed.product_id for placed in ranker.page(query).page.placed]
    rows = np.array([ranker.generation.row_of[p] for p in ids], dtype=np.int32)
    matrix = ranker.features.of(context, rows)
    place = ids.index("phone-acme-red")
    scores = clicks.score("search", matrix).order
    others = np.delete(scores, place).mean()
    assert found.model == clicks.order_by["search"]
    assert found.score == pytest.approx(scores[place] - others, rel=1e-5)
    assert "position" not in [cause.column for cause in found.causes]
    price = ranker.features.names.index("price_log")
    matrix[place, price] = np.delete(matrix[:, price], place).min()
    fell = clicks.score("search", matrix).order[place]
    assert fell < scores[place] - 0.5 * found.causes[0].adds


def test_a_bundle_without_click_models_and_an_unknown_product_cannot_say(
    ranker: Ranker, generation: Generation, state: FeatureState, ask: Ask
) -> None:
    query = ask("search", query_text="acme")
    assert why(Ranker(None, generation, state), query, "phone-acme-red") is None
    assert why(ranker, query, "no-such-thing") is None


def test_every_input_of_a_click_model_has_words() -> None:
    assert set(COLUMNS) <= set(input_words(default_features()))
    assert set(REQUEST_COLUMNS) <= set(input_words(default_features()))
    words = input_words(default_features())
    assert words["product_ctr_28d"] == "product clicks 28d for each of product impressions 28d"
