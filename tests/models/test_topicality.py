"""Relevance learned from evidence whose right order is plain: more words, more relevant."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from baihuo.models import Examples, FitContext, Model, Trees, fit_models

COLUMNS = ("coverage", "naming", "noise")


def made(n_queries: int = 60, seed: int = 1) -> Examples:
    rng = np.random.default_rng(seed)
    n = n_queries * 20
    matrix = rng.random((n, 3)).astype(np.float32)
    odds = 6 * matrix[:, 0] + 3 * matrix[:, 1] - 5
    labels = (rng.random(n) < 1 / (1 + np.exp(-odds))).astype(np.float32)
    query = np.repeat(np.arange(n_queries), 20)
    return Examples(COLUMNS, matrix, labels, labels.astype(np.int32), query)


@pytest.fixture(scope="module")
def model() -> Model:
    context = FitContext(seed=7)
    return fit_models("relevance", made(), made(20, seed=2), context, settings={})["topicality"]


def test_more_evidence_never_lowers_the_probability(model: Model) -> None:
    rng = np.random.default_rng(3)
    rows = rng.random((300, 3)).astype(np.float32)
    more = np.minimum(1, rows + rng.random((300, 3))).astype(np.float32)
    assert (model.scores(more) >= model.scores(rows) - 1e-9).all()


def test_the_probability_is_what_happens_on_other_queries(model: Model) -> None:
    other = made(n_queries=200, seed=9)
    p = model.probabilities(other.matrix)
    assert p is not None
    for low, high in ((0.0, 0.2), (0.2, 0.5), (0.5, 0.8), (0.8, 1.01)):
        among = (p >= low) & (p < high)
        assert p[among].mean() == pytest.approx(other.labels[among].mean(), abs=0.07)


def test_labels_that_are_all_equal_teach_nothing() -> None:
    examples = made()
    examples.labels[:] = 1
    with pytest.raises(ValueError, match="same label"):
        fit_models("relevance", examples, None, FitContext(), settings={})


def test_a_page_asks_the_trees_once_for_scores_and_probabilities(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    matrix = made(5, seed=4).matrix
    scores, probabilities = model.scores(matrix), model.probabilities(matrix)
    assert probabilities is not None
    asked: list[int] = []
    ask = Trees.scores

    def counted(trees: Trees, matrix: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        asked.append(len(matrix))
        return ask(trees, matrix)

    monkeypatch.setattr(Trees, "scores", counted)
    prediction = model.predict(matrix)
    assert asked == [len(matrix)]
    np.testing.assert_array_equal(prediction.scores, scores)
    assert prediction.probabilities is not None
    np.testing.assert_allclose(prediction.probabilities, probabilities)
