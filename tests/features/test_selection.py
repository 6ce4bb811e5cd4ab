"""Selection beside scikit-learn's numbers and planted columns."""

from __future__ import annotations

import numpy as np
import pytest

from baihuo.evaluate import auc
from baihuo.features.transforms.selection import (
    binned_column,
    l1_weights,
    mutual_information,
    permutation_importance,
    strongest_columns,
)

pytest.importorskip("sklearn", reason="needs baihuo[train]")


@pytest.fixture
def planted() -> tuple[np.ndarray, np.ndarray]:
    """Columns 0 to 2 make the label, 3 has values only where it is clicked more, 4 to 15 are noise."""
    rng = np.random.default_rng(10)
    matrix = rng.normal(size=(8000, 16)).astype(np.float32)
    odds = 1.5 * matrix[:, 0] - 1.0 * matrix[:, 1] + 0.7 * matrix[:, 2] - 1
    labels = (rng.random(8000) < 1 / (1 + np.exp(-odds))).astype(int)
    matrix[rng.random(8000) > np.where(labels, 0.8, 0.4), 3] = np.nan
    return matrix, labels


def test_mutual_information_is_scikit_learns_less_the_part_of_chance(
    planted: tuple[np.ndarray, np.ndarray],
) -> None:
    from sklearn.feature_selection import mutual_info_classif
    from sklearn.metrics import mutual_info_score

    matrix, labels = planted
    ours = mutual_information(matrix, labels, n_bins=20)
    for c in range(16):
        binned = binned_column(matrix[:, c], 20)
        chance = binned.max() / (2 * len(labels))
        expected = max(0.0, mutual_info_score(binned, labels) - chance)
        assert ours[c] == pytest.approx(expected, abs=1e-9)
    # Their own way, nearest neighbours, agrees on what the columns are worth.
    theirs = mutual_info_classif(matrix[:, :3], labels, random_state=0)
    np.testing.assert_allclose(ours[:3], theirs, atol=0.02)


def test_a_column_of_many_values_that_says_nothing_has_no_merit() -> None:
    rng = np.random.default_rng(11)
    noise, labels = rng.normal(size=(3000, 20)).astype(np.float32), rng.integers(0, 2, 3000)
    assert float(mutual_information(noise, labels).mean()) < 0.001


def test_l1_keeps_the_planted_columns(planted: tuple[np.ndarray, np.ndarray]) -> None:
    matrix, labels = planted
    weights = l1_weights(matrix, labels, keep=3)
    assert set(np.flatnonzero(weights)) == {0, 1, 2}
    assert weights[0] > weights[1] > weights[2]


def test_permutation_is_scikit_learns(planted: tuple[np.ndarray, np.ndarray]) -> None:
    from sklearn.inspection import permutation_importance as theirs_of
    from sklearn.linear_model import LogisticRegression

    matrix, labels = np.nan_to_num(planted[0]), planted[1]
    model = LogisticRegression().fit(matrix[:6000], labels[:6000])

    def score(rows: np.ndarray) -> float:
        return auc(model.decision_function(rows), labels[6000:].astype(float))

    ours = permutation_importance(score, matrix[6000:], n_repeats=25)
    theirs = theirs_of(
        model, matrix[6000:], labels[6000:], scoring="roc_auc", n_repeats=25, random_state=0
    )
    np.testing.assert_allclose(ours, theirs.importances_mean, atol=0.01)
    assert np.argsort(-ours)[:3].tolist() == [0, 1, 2]


def test_what_is_always_kept_is_kept_and_the_order_stays() -> None:
    columns = ("a", "b", "c", "d")
    weights = np.array([0.1, 0.0, 0.5, 0.3])
    assert strongest_columns(weights, columns, keep=2, always=frozenset({"b"})) == ("b", "c", "d")
    assert strongest_columns(weights, columns, keep=9, always=frozenset()) == ("a", "c", "d")
