"""Wrong labels are found where they were put, as the paper's own library finds them."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest
from numpy.typing import NDArray

from baihuo.evaluate import audit_labels, audit_outcomes
from baihuo.evaluate.label_audit import confident_joint

Labels: TypeAlias = "NDArray[np.int64]"


def flipped(labels: Labels, share: float, rng: np.random.Generator, n_classes: int) -> Labels:
    wrong = rng.random(len(labels)) < share
    noisy = labels.copy()
    noisy[wrong] = (labels[wrong] + rng.integers(1, n_classes, wrong.sum())) % n_classes
    return noisy


def marks(found: Labels, wrong: NDArray[np.bool_]) -> tuple[float, float]:
    """Precision and recall."""
    hit = wrong[found].sum()
    return hit / max(len(found), 1), hit / wrong.sum()


def test_it_finds_what_cleanlab_finds() -> None:
    """Numbers by cleanlab 2.9.0, which needs pandas and is no dependency of ours."""
    them = json.loads((Path(__file__).parent / "cleanlab.json").read_text(encoding="utf-8"))
    labels, p = np.array(them["labels"]), np.array(them["probabilities"])
    assert confident_joint(labels, p).tolist() == them["confident_joint"]
    ours = audit_labels(labels, p).rows.tolist()
    assert len(set(ours) & set(them["issues"])) >= 0.9 * len(set(ours) | set(them["issues"]))


@pytest.mark.parametrize("share", [0.05, 0.15])
def test_flipped_labels_are_found_and_their_share_is_told(share: float) -> None:
    rng = np.random.default_rng(7)
    truth = rng.integers(0, 4, 6000)
    logits = rng.normal(size=(6000, 4))
    logits[np.arange(6000), truth] += 5
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    given = flipped(truth, share, rng, 4)
    found = audit_labels(given, p)
    precision, recall = marks(found.rows, given != truth)
    assert precision > 0.95
    assert recall > 0.95
    assert found.noise == pytest.approx(share, abs=0.02)
    assert (found.suggested == truth[found.rows]).mean() > 0.95
    assert (np.diff(found.margins) <= 0).all()


def test_right_labels_are_left_alone() -> None:
    labels = np.repeat([0, 1, 2], 100)
    p = np.full((300, 3), 0.05)
    p[np.arange(300), labels] = 0.9
    assert len(audit_labels(labels, p).rows) == 0


def clicks_of(
    p: NDArray[np.float64], rng: np.random.Generator
) -> tuple[Labels, NDArray[np.float64]]:
    return (rng.random(len(p)) < p).astype(np.int64), np.stack([1 - p, p], axis=1)


def test_a_click_that_was_unlikely_is_not_a_wrong_label() -> None:
    """Clicks are chance. Confident learning takes one in six of them for wrong, which none is."""
    rng = np.random.default_rng(1)
    clicks, p = clicks_of(rng.beta(0.6, 8, 30_000), rng)
    assert audit_labels(clicks, p).noise > 0.1
    found = audit_outcomes(clicks, p)
    assert len(found.rows) == 0
    assert found.noise < 0.01


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_clicks_written_down_wrongly_are_named_as_well_as_by_who_knows_how_many_there_are(
    seed: int,
) -> None:
    """Nobody can do better than the true posterior: it names three wrong of four, and finds six of ten."""
    rng = np.random.default_rng(seed)
    clicks, p = clicks_of(rng.beta(0.6, 8, 30_000), rng)
    rate = 0.05
    wrong = (clicks == 0) & (rng.random(30_000) < rate)
    given = np.where(wrong, 1, clicks)
    no_click, click = p.T
    posterior = np.where(given == 1, no_click * rate / (click + no_click * rate), 0.0)
    best = np.flatnonzero(posterior > 0.5)
    found = audit_outcomes(given, p)
    assert found.noise == pytest.approx(wrong.mean(), abs=0.01)
    assert len(set(best) & set(found.rows)) > 0.95 * len(set(best) | set(found.rows))
    precision, recall = marks(found.rows, wrong)
    assert precision == pytest.approx(posterior[best].mean(), abs=0.04)
    assert recall == pytest.approx(posterior[best].sum() / posterior.sum(), abs=0.04)


def test_clicks_that_were_lost_are_counted_though_none_can_be_named() -> None:
    """A product not clicked is the rule: each single one is likelier right than lost."""
    rng = np.random.default_rng(1)
    clicks, p = clicks_of(rng.beta(0.6, 8, 60_000), rng)
    lost = (clicks == 1) & (rng.random(60_000) < 0.3)
    found = audit_outcomes(np.where(lost, 0, clicks), p)
    assert found.joint[0, 1] == pytest.approx(lost.mean(), abs=0.005)
    assert found.joint[1, 0] < 0.005
    assert lost[found.rows].sum() < 0.05 * lost.sum()


@pytest.mark.parametrize(
    ("labels", "p", "why"),
    [
        ([0, 2], [[1, 0], [0, 1]], "outside"),
        ([0], [[0.5, 0.2]], "sum to 1"),
        ([0, 1], [[1, 0]], "go with"),
    ],
)
def test_what_cannot_be_audited_is_refused(
    labels: list[int], p: list[list[float]], why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        audit_labels(np.array(labels), np.array(p))


def test_products_put_under_a_wrong_brand_are_found(shared_data: Callable[[str], Path]) -> None:
    """Real titles, the ten largest brands as classes, one label in twenty put wrong."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_predict

    products = []
    for path in sorted(shared_data("icecat").glob("*.zip"))[:1]:
        with zipfile.ZipFile(path) as file:
            for name in file.namelist():
                products += json.loads(file.read(name))
    brands, counts = np.unique([str(p.get("supplier")) for p in products], return_counts=True)
    largest = set(brands[np.argsort(-counts)[:10]])
    kept = [p for p in products if str(p.get("supplier")) in largest][:2500]
    _, truth = np.unique([p["supplier"] for p in kept], return_inverse=True)
    texts = [
        f"{p.get('title')} {p.get('short_description')}".replace(p["supplier"], "") for p in kept
    ]
    given = flipped(truth, 0.05, np.random.default_rng(7), 10)
    vectors = TfidfVectorizer(ngram_range=(1, 2), min_df=2).fit_transform(texts)
    p = cross_val_predict(
        LogisticRegression(C=10, max_iter=200), vectors, given, cv=3, method="predict_proba"
    )
    precision, recall = marks(audit_labels(given, p).rows, given != truth)
    print(precision, recall)
    assert recall > 0.75
    assert precision > 0.5
