"""Several networks put together by stacking: what each sees, what predicts, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from tests.train.tables.rows_of_pairs import best_auc, job, run, scored, table, weights_of

from baihuo.core import BadInput
from baihuo.models import Rows
from baihuo.train import train_table
from baihuo.train.tables.resampling import fold_of, without_fold
from baihuo.train.tables.stacking import shares_of

SEVERAL = {"model": "logistic+deepfm", "networks": 2}


def drawn(n: int = 20_000) -> Rows:
    rng = np.random.default_rng(0)
    return Rows(
        rng.integers(0, 50, (n, 3)).astype(np.int32),
        rng.normal(size=(n, 2)).astype(np.float32),
        rng.integers(0, 2, n).astype(np.float32),
        None,
        None,
    )


def test_stacking_learns_pairs_and_what_the_folder_scores_is_what_was_measured(
    files: Path, tmp_path: Path
) -> None:
    # two passes: the folds of stacking are trainings of their own
    asked = job(
        files, tmp_path / "m", together="stacking", **SEVERAL, epochs=2, precision="float32"
    )
    report = train_table(asked)
    scores, labels = scored(tmp_path / "m", files / "valid.csv")
    assert report["validation"]["auc"] == pytest.approx(roc_auc_score(labels, scores), abs=1e-5)
    assert best_auc(table(3000, 1)) - report["validation"]["auc"] < 0.05
    assert not (tmp_path / "m" / "work").exists()
    shares = report["shares"]
    assert shares["deepfm"] > 5 * shares["logistic"]  # which cannot see pairs
    half = [shares["logistic"] / 2, shares["deepfm"] / 2]
    stored = weights_of(tmp_path / "m")["module.shares"]
    assert stored == pytest.approx([*half, *half], abs=1e-4)


def test_folds_are_about_equal_a_group_is_in_one_and_left_out_rows_have_no_weight() -> None:
    rows = drawn()
    folds = fold_of(rows, 4, seed=1)
    assert np.bincount(folds) == pytest.approx([5000] * 4, rel=0.1)
    weights = without_fold(rows, 2, 4, seed=1).weights
    assert weights is not None
    np.testing.assert_array_equal(weights, folds != 2)
    grouped = replace(rows, groups=np.arange(len(rows)) // 5)
    per_group = fold_of(grouped, 4, seed=1).reshape(-1, 5)
    assert (per_group == per_group[:, :1]).all()
    assert len(np.unique(per_group)) == 4


def test_shares_are_those_of_a_regression_and_none_is_negative() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(size=5000)
    outputs = np.column_stack([truth + rng.normal(size=5000), truth / 2, -truth])
    labels = (rng.random(5000) < 1 / (1 + np.exp(-1.5 * truth - 0.3))).astype(np.float32)
    names = ("truth", "half", "wrong")
    found, constant = shares_of(outputs, labels, kinds=names, is_binary=True)
    shares = np.array([found[name] for name in names])
    assert shares.min() >= 0
    assert shares[2] == pytest.approx(0, abs=1e-3)
    theirs = LogisticRegression(C=1e9).fit(outputs[:, :2], labels)
    scores = outputs @ shares + constant
    expected = theirs.decision_function(outputs[:, :2])
    np.testing.assert_allclose(scores, expected, atol=0.02)
    numbers = (2 * outputs[:, 1] + 1).astype(np.float32)
    found, constant = shares_of(outputs[:, :2], numbers, kinds=names[:2], is_binary=False)
    np.testing.assert_allclose([*found.values(), constant], [0, 2, 1], atol=1e-3)


def test_members_of_a_kind_share_evenly_and_few_rows_leave_shares_equal() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(size=4000)
    outputs = np.column_stack([truth, rng.normal(size=4000), truth])
    labels = (rng.random(4000) < 1 / (1 + np.exp(-truth))).astype(np.float32)
    kinds = ("good", "chance", "good")
    many, _ = shares_of(outputs, labels, kinds=kinds, is_binary=True, strength=30)
    few, _ = shares_of(outputs[:30], labels[:30], kinds=kinds, is_binary=True, strength=30)
    assert many == pytest.approx({"good": 1, "chance": 0}, abs=0.15)
    assert few["good"] == pytest.approx(0.5, abs=0.25)
    assert few["chance"] == pytest.approx(0.5, abs=0.25)


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["together=stacking", "model=dcn", "by_rows=false"], "model=dcn with networks=1 is one"),
        (["together=bagging", "networks=2"], "together"),
        (["together=stacking", "networks=2", "loss=softmax"], "not for softmax"),
    ],
)
def test_what_cannot_be_put_together_is_refused(
    files: Path, tmp_path: Path, words: list[str], what: str
) -> None:
    done: Any = run(
        *("train", "--table", str(files / "train.csv"), "--label", "click", "--group", "query"),
        *("--out", str(tmp_path / "m")),
        *(word for one in words for word in ("--set", one)),
    )
    assert isinstance(done.exception, BadInput)
    assert what in done.exception.what
    assert not (tmp_path / "m").exists()
