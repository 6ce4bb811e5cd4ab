"""Intents are fitted as scikit-learn's multinomial logistic regression fits them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import random as random_sparse
from sklearn.linear_model import LogisticRegression

from baihuo.assist.learning.softmax import fit_softmax


@pytest.mark.parametrize(("n_classes", "strength"), [(2, 1.0), (5, 10.0)])
def test_probabilities_are_those_of_scikit_learn(n_classes: int, strength: float) -> None:
    draw = np.random.default_rng(3)
    rows = random_sparse(400, 60, 0.2, format="csr", random_state=draw)
    truth = rows @ draw.normal(size=(60, n_classes)) * 4 + draw.gumbel(size=(400, n_classes))
    classes = truth.argmax(axis=1)
    weights, starts = fit_softmax(rows, classes, n_classes=n_classes, strength=strength)
    scores = rows @ weights + starts
    ours = np.exp(scores - scores.max(axis=1, keepdims=True))
    ours /= ours.sum(axis=1, keepdims=True)
    # of two classes scikit-learn keeps one line where we keep two: twice the penalty for the same odds
    c = strength * (2 if n_classes == 2 else 1)
    theirs = LogisticRegression(C=c, max_iter=2000, tol=1e-7).fit(rows, classes)
    np.testing.assert_allclose(ours, theirs.predict_proba(rows), atol=0.015)


def test_a_fit_goes_on_from_where_another_ended() -> None:
    draw = np.random.default_rng(4)
    rows = random_sparse(200, 20, 0.3, format="csr", random_state=draw)
    classes = (rows @ draw.normal(size=(20, 3))).argmax(axis=1)
    first = fit_softmax(rows, classes, n_classes=3, strength=5.0)
    again = fit_softmax(rows, classes, n_classes=3, strength=5.0, begin=first)
    np.testing.assert_array_equal(first[0], again[0])
