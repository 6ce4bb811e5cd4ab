"""Estimators against a bandit whose truth is known, and against a fashion store's two policies."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from baihuo.core import Unsupported
from baihuo.evaluate import (
    Estimate,
    doubly_robust,
    inverse_propensity,
    self_normalised,
)

_REWARD = np.array([0.02, 0.05, 0.10, 0.30])
_LOGGING = np.array([0.4, 0.3, 0.2, 0.1])
_POLICY = np.array([0.1, 0.1, 0.2, 0.6])


def _log(n: int, seed: int, logging: np.ndarray = _LOGGING) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    chosen = rng.choice(4, size=n, p=logging)
    return chosen, (rng.random(n) < _REWARD[chosen]).astype(float)


def _estimates(chosen: np.ndarray, rewards: np.ndarray, model: np.ndarray) -> list[Estimate]:
    logged, wanted = _LOGGING[chosen], _POLICY[chosen]
    there = np.full(len(chosen), _POLICY @ model)
    return [
        inverse_propensity(rewards, logged, wanted),
        self_normalised(rewards, logged, wanted),
        doubly_robust(rewards, logged, wanted, model[chosen], there),
    ]


def test_every_estimator_finds_the_true_value_of_another_policy() -> None:
    truth = float(_POLICY @ _REWARD)
    chosen, rewards = _log(40_000, seed=2)
    assert not 0.8 * truth < rewards.mean() < 1.2 * truth  # the log's own rate is far off
    for estimate in _estimates(chosen, rewards, _REWARD):
        assert estimate.value.mid == pytest.approx(truth, rel=0.07)
        assert estimate.mean_weight == pytest.approx(1.0, abs=0.05)


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    truth, n_hits = float(_POLICY @ _REWARD), np.zeros(3)
    for seed in range(60):
        chosen, rewards = _log(1500, seed=seed)
        for i, e in enumerate(_estimates(chosen, rewards, _REWARD)):
            n_hits[i] += e.value.low <= truth <= e.value.high
    assert (n_hits / 60 >= 0.85).all()


def test_a_wrong_reward_model_does_not_mislead_the_doubly_robust() -> None:
    truth = float(_POLICY @ _REWARD)
    chosen, rewards = _log(40_000, seed=3)
    wrong = _estimates(chosen, rewards, np.full(4, 0.9))[2]
    right = _estimates(chosen, rewards, _REWARD)[2]
    assert wrong.value.low <= truth <= wrong.value.high
    assert right.value.high - right.value.low < wrong.value.high - wrong.value.low


def test_effective_rows_are_those_of_kish() -> None:
    chosen, rewards = _log(5000, seed=4)
    w = _POLICY[chosen] / _LOGGING[chosen]
    found = inverse_propensity(rewards, _LOGGING[chosen], _POLICY[chosen])
    assert found.n_effective == pytest.approx(w.sum() ** 2 / (w**2).sum())


def test_a_log_without_chance_is_refused() -> None:
    ones = np.ones(100)
    with pytest.raises(Unsupported, match="without chance"):
        inverse_propensity(ones, ones, ones)


@pytest.mark.parametrize("missing", [np.nan, 0.0, 1.5])
def test_a_log_without_usable_propensities_is_refused(missing: float) -> None:
    logged = np.full(100, 0.5)
    logged[3] = missing
    with pytest.raises(Unsupported, match="propensity"):
        self_normalised(np.ones(100), logged, np.full(100, 0.5))


def test_a_log_that_never_tried_half_of_the_policy_is_refused() -> None:
    never_the_last = np.array([0.4, 0.3, 0.3, 0.0])
    chosen, rewards = _log(5000, seed=5, logging=never_the_last)
    with pytest.raises(Unsupported, match="covers about 4"):
        inverse_propensity(rewards, never_the_last[chosen], _POLICY[chosen])


@pytest.mark.parametrize("campaign", ["all", "men"])
def test_the_random_log_of_a_real_shop_tells_the_clicks_of_its_other_policy(
    campaign: str, shared_data: Callable[[str], Path]
) -> None:
    folder = shared_data("open_bandit")
    random, bts = folder / f"random_{campaign}.csv.gz", folder / f"bts_{campaign}.csv.gz"
    if not (random.exists() and bts.exists()):
        pytest.skip(f"no pair of logs for {campaign}")
    theirs = _rows(bts)
    truth = float(np.mean([click for _, _, click, _ in theirs]))
    # The other policy knows no visitors, so how often it places each product at each position is
    # what it does.
    placed = Counter((item, position) for item, position, _, _ in theirs)
    by_position = Counter(position for _, position, _, _ in theirs)
    ours = _rows(random)
    target = np.array([placed[i, p] / by_position[p] for i, p, _, _ in ours])
    clicks = np.array([click for _, _, click, _ in ours], float)
    logged = np.array([propensity for _, _, _, propensity in ours])
    for found in (
        inverse_propensity(clicks, logged, target),
        self_normalised(clicks, logged, target),
    ):
        assert found.value.low <= truth <= found.value.high
        assert found.mean_weight == pytest.approx(1.0, abs=0.15)


def _rows(path: Path) -> list[tuple[str, str, int, float]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [
            (r["item_id"], r["position"], int(r["click"]), float(r["propensity_score"]))
            for r in csv.DictReader(file)
        ]
