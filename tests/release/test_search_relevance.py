"""The gate sees what logged clicks cannot show: that a model puts wrong products above right ones.

The log is that of a good old shop: each page shows only products that are right, and shoppers click the cheap ones. A model
of such clicks knows that cheap is good, and nothing of words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import lightgbm
import numpy as np
import pytest
from tests.click_bundles import linear_network
from tests.rank.conftest import BRANDS, COLOURS, KINDS, NOW_US

from baihuo.bundle import Bundle, ClickModels, Part, click_parts, write
from baihuo.features import FeatureState, default_features
from baihuo.index import UNTUNED, FusionWeights, Generation, SearchTuning
from baihuo.model_inputs import (
    REQUEST_COLUMNS,
    ModelRequest,
    click_columns,
    request_columns,
)
from baihuo.models import Calibrator, Network, Scaler, Trees
from baihuo.models.click_network import ClickNetwork
from baihuo.models.click_trees import ClickTrees
from baihuo.rank import NO_EXPLORATION, Ranker
from baihuo.release import JudgedSet, RelevanceGain, RelevanceMeasure, judged_gain
from baihuo.release.gate_report import GateLimits
from baihuo.release.recommendation_check import check_relevance, check_tuning
from baihuo.release.run_gate import measure_tuning
from baihuo.settings import GateSettings
from baihuo.train.search.fit_relevance import fit_relevance
from baihuo.train.search.relevance_examples import ExampleConfig, SearchRows, clicked_examples

_LIMITS = GateLimits(**GateSettings().model_dump())
SEARCHES = [(brand, kind) for kind in KINDS for brand in BRANDS]


@pytest.fixture(scope="session")
def judged() -> JudgedSet:
    """The truth, which no model is trained on: right brand and kind 3, right kind 1."""
    grades: dict[str, Mapping[str, int]] = {}
    for brand, kind in SEARCHES:
        grades[f"{brand} {kind}"] = {
            f"{kind}-{other.lower()}-{colour}": 3 if other == brand else 1
            for other in BRANDS
            for colour in COLOURS
        }
    return JudgedSet(name="truth", grades=grades, is_complete=True)


def logged(generation: Generation) -> SearchRows:
    """Pages of right products only; the cheapest is clicked most, the others now and then."""
    texts, rows, clicks, positions, pages = [], [], [], [], []
    rng = np.random.default_rng(2)
    for page in range(300):
        brand, kind = SEARCHES[page % len(SEARCHES)]
        shown = [generation.row_of[f"{kind}-{brand.lower()}-{c}"] for c in COLOURS]
        shown = rng.permutation(shown).tolist()
        cheapest = min(shown, key=lambda row: generation.snapshot.price_minor[row])
        for position, row in enumerate(shown, 1):
            texts.append(f"{brand} {kind}")
            rows.append(row)
            clicks.append(rng.random() < (0.7 if row == cheapest else 0.25))
            positions.append(position)
            pages.append(page)
    n = len(rows)
    return SearchRows(
        np.array(texts, object),
        np.array(rows, np.int32),
        np.array(clicks),
        np.array(positions, np.int32),
        np.full(n, np.nan),
        np.array(pages),
    )


def click_model_parts(generation: Generation, log: SearchRows) -> dict[str, Part]:
    """Trees trained on those pages: the old way."""
    columns = click_columns(default_features())
    n_lookbacks = len(columns) - len(REQUEST_COLUMNS)
    blocks = []
    for page in np.unique(log.page):
        at = np.flatnonzero(log.page == page)
        request = ModelRequest(
            surface="search", at_us=NOW_US, query_text=str(log.query_text[at[0]])
        )
        requested = request_columns(
            generation, log.product[at], request, positions=log.position[at], device="phone"
        )
        lookbacks = np.zeros((len(at), n_lookbacks), np.float32)
        blocks.append(np.concatenate([lookbacks, requested], axis=1))
    matrix = np.concatenate(blocks)
    data = lightgbm.Dataset(
        matrix, log.is_clicked, group=[5] * (len(matrix) // 5), feature_name=list(columns)
    )
    settings = {"objective": "lambdarank", "min_data_in_leaf": 10, "verbose": -1, "seed": 1}
    trees = Trees(lightgbm.train(settings, data, num_boost_round=40).model_to_string())
    scaler = Scaler(
        np.zeros(len(columns), np.float32), np.ones(len(columns), np.float32), np.zeros(0, np.intp)
    )
    network = linear_network(np.zeros(len(columns)))
    models = ClickModels(
        models={
            "trees": ClickTrees(trees),
            "network": ClickNetwork(columns, Network(network, scaler), network, b""),
        },
        columns=columns,
        calibrators={"search": Calibrator("identity", np.zeros(1), np.zeros(1))},
        order_by={"search": "trees"},
        p_click_by="network",
    )
    return click_parts(models, report={})


def measured(
    folder: Path,
    parts: dict[str, Part],
    generation: Generation,
    state: FeatureState,
    judged: JudgedSet,
) -> RelevanceMeasure:
    bundle = Bundle.open(folder / write(folder, parts))
    learned, text = (
        Ranker(bundle, generation, state, exploration=NO_EXPLORATION, order_switches={"search": s})
        for s in ("learned", "text")
    )
    gain = judged_gain(judged, learned, text, known=generation.row_of, at_us=NOW_US)
    assert gain is not None
    return RelevanceMeasure(learned.orders["search"], (gain,))  # type: ignore[index]


def test_a_model_of_clicks_on_right_pages_only_does_not_order_searches(
    tmp_path: Path, generation: Generation, quiet_state: FeatureState, judged: JudgedSet
) -> None:
    log = logged(generation)
    old_way = click_model_parts(generation, log)
    measure = measured(tmp_path, old_way, generation, quiet_state, judged)
    check, order_by = check_relevance(measure, _LIMITS)
    assert measure.gains[0].gain.high < 0
    assert order_by == {"search": "text"}
    assert check.is_passed  # the bundle serves all else
    assert "loses relevance" in check.warning
    assert "24 queries of truth" in check.why


def test_with_negatives_the_same_clicks_order_searches_and_lose_nothing(
    tmp_path: Path, generation: Generation, quiet_state: FeatureState, judged: JudgedSet
) -> None:
    log = logged(generation)
    examples = clicked_examples(generation, log, config=ExampleConfig())
    assert examples is not None
    assert {"clicked", "sampled", "random"} <= set(examples.origin.tolist())
    order = replace(fit_relevance(examples).order, band_width=0.25)
    parts = click_model_parts(generation, log) | order.parts({})
    measure = measured(tmp_path, parts, generation, quiet_state, judged)
    check, order_by = check_relevance(measure, _LIMITS)
    assert measure.order == "learned:topicality+trees"
    assert order_by == {}
    assert not check.warning
    assert measure.gains[0].learned > 0.9


def test_a_shop_without_judgements_and_clicks_is_searched_by_words() -> None:
    check, order_by = check_relevance(RelevanceMeasure("learned:relevance"), _LIMITS)
    assert order_by == {"search": "text"}
    assert "neither judgements nor clicks" in check.warning


def test_without_a_learned_order_there_is_nothing_to_ask() -> None:
    check, order_by = check_relevance(None, _LIMITS)
    assert not check.was_asked
    assert order_by == {}


@pytest.mark.parametrize(
    ("mid", "low", "high", "is_refused"),
    [
        (0.01, -0.01, 0.03, False),
        (-0.004, -0.02, 0.01, False),  # within the tolerance
        (-0.02, -0.05, 0.01, True),  # the middle is too low
        (-0.003, -0.005, -0.001, True),  # the whole interval is below 0
    ],
)
def test_the_middle_and_the_whole_interval_decide(
    mid: float, low: float, high: float, is_refused: bool
) -> None:
    from baihuo.evaluate import Interval

    good = RelevanceGain("judgements", 40, 0.8, 0.7, Interval(0.1, 0.05, 0.15))
    asked = replace(good, of="clicks", gain=Interval(mid, low, high))
    check, order_by = check_relevance(RelevanceMeasure("learned:x", (good, asked)), _LIMITS)
    assert (order_by == {"search": "text"}) == is_refused
    assert bool(check.warning) == is_refused


@pytest.mark.parametrize(("low", "is_refused"), [(-0.001, True), (0.0, True), (0.001, False)])
def test_where_no_gain_is_proven_words_order_searches(low: float, is_refused: bool) -> None:
    """A loss is possible, and nothing is gained for it: the simpler order serves."""
    from baihuo.evaluate import Interval

    asked = RelevanceGain("truth", 40, 0.8, 0.8, Interval(0.002, low, 0.005))
    clicks = replace(asked, of="clicks", gain=Interval(0.0, -0.002, 0.002))
    check, order_by = check_relevance(RelevanceMeasure("learned:x", (asked, clicks)), _LIMITS)
    assert (order_by == {"search": "text"}) == is_refused
    assert ("is not proven to gain" in check.warning) == is_refused


def test_a_tuning_is_measured_in_both_orders_and_judged_in_the_one_that_serves(
    tmp_path: Path, generation: Generation, quiet_state: FeatureState, judged: JudgedSet
) -> None:
    """Without any weight all products of a search are equal, so words order by chance; the model orders as it did."""
    nothing = SearchTuning(weights=FusionWeights(**dict.fromkeys(FusionWeights.__slots__, 0.0)))
    parts = click_model_parts(generation, logged(generation))
    bundle = Bundle.open(tmp_path / write(tmp_path, parts))
    switches = {"search": "learned"}
    ranker = Ranker(bundle, generation.tuned(nothing), quiet_state, order_switches=switches)
    measure = measure_tuning(ranker, UNTUNED, judged=[judged], at_us=NOW_US)
    assert measure is not None
    assert set(measure.gains) == {"text", "learned:trees"}
    assert measure.changes["bm25"] == [FusionWeights().bm25, 0.0]
    text = check_tuning(measure, "text", _LIMITS)
    assert not text.is_passed
    assert "24 queries of truth: " in text.why
    assert (
        text.measured["truth_over_live"]
        != (check_tuning(measure, "learned", _LIMITS).measured["truth_over_live"])
    )
    assert measure_tuning(ranker, nothing, judged=[judged], at_us=NOW_US) is None
