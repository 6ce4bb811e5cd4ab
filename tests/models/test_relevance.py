"""The relevance model on evidence whose right order is plain: more words, more relevant."""

from __future__ import annotations

import json

import numpy as np
import pytest

from baihuo.models import RelevanceConfig, RelevanceExamples, RelevanceModel

COLUMNS = {"coverage": 1, "n_missing": -1, "noise": 0}


def made(n_queries: int = 60, seed: int = 1) -> RelevanceExamples:
    rng = np.random.default_rng(seed)
    n = n_queries * 20
    coverage, missing, noise = rng.random(n), rng.integers(0, 4, n), rng.random(n)
    odds = 6 * coverage - 2 * missing - 1
    return RelevanceExamples(
        matrix=np.stack([coverage, missing, noise], axis=1).astype(np.float32),
        labels=(rng.random(n) < 1 / (1 + np.exp(-odds))).astype(float),
        weights=np.ones(n),
        query=np.repeat(np.arange(n_queries), 20),
        origin=np.full(n, "clicked"),
    )


@pytest.fixture(scope="module")
def model() -> RelevanceModel:
    return RelevanceModel.fit(made(), COLUMNS, RelevanceConfig(n_trees=60))


def test_a_better_match_is_more_relevant(model: RelevanceModel) -> None:
    good, poor = model.probabilities(np.array([[1, 0, 0.5], [0.1, 3, 0.5]], np.float32))
    assert good > 0.8
    assert poor < 0.1


def test_more_evidence_never_lowers_the_probability(model: RelevanceModel) -> None:
    rng = np.random.default_rng(3)
    rows = np.stack([rng.random(200), rng.integers(0, 4, 200), rng.random(200)], axis=1)
    more, fewer = rows.copy(), rows.copy()
    more[:, 0] = np.minimum(1, more[:, 0] + rng.random(200))
    fewer[:, 1] = np.maximum(0, fewer[:, 1] - 1)
    before = model.probabilities(rows.astype(np.float32))
    assert (model.probabilities(more.astype(np.float32)) >= before - 1e-12).all()
    assert (model.probabilities(fewer.astype(np.float32)) >= before - 1e-12).all()


def test_the_probability_is_what_happens_on_other_queries(model: RelevanceModel) -> None:
    other = made(n_queries=200, seed=9)
    p = model.probabilities(other.matrix)
    for low, high in ((0.0, 0.2), (0.2, 0.5), (0.5, 0.8), (0.8, 1.01)):
        among = (p >= low) & (p < high)
        assert p[among].mean() == pytest.approx(other.labels[among].mean(), abs=0.07)


def test_a_saved_model_says_the_same(model: RelevanceModel) -> None:
    files = {k: v if isinstance(v, str) else json.dumps(v) for k, v in model.files().items()}
    again = RelevanceModel.open(files)
    rows = made(seed=5).matrix
    assert again.columns == tuple(COLUMNS)
    assert np.array_equal(again.probabilities(rows), model.probabilities(rows))


def test_missing_values_and_single_rows_have_a_probability(model: RelevanceModel) -> None:
    [p] = model.probabilities(np.full((1, 3), np.nan, np.float32))
    assert 0 <= p <= 1
    assert len(model.probabilities(np.empty((0, 3), np.float32))) == 0


def test_another_width_is_refused(model: RelevanceModel) -> None:
    with pytest.raises(ValueError, match="want"):
        model.probabilities(np.zeros((2, 5), np.float32))


def test_labels_that_are_all_equal_teach_nothing() -> None:
    examples = made()
    examples.labels[:] = 1
    with pytest.raises(ValueError, match="same label"):
        RelevanceModel.fit(examples, COLUMNS)
