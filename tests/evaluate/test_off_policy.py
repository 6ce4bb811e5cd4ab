"""Estimators against a bandit whose truth is known, and against a fashion store's two policies."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from baihuo.core import Unsupported
from baihuo.evaluate import (
    Estimate,
    LoggedRewards,
    RewardModel,
    clipped,
    doubly_robust,
    inverse_propensity,
    log_values,
    on_policy,
    policy_values,
    self_normalised,
)
from baihuo.evaluate.off_policy import check_support

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
        clipped(rewards, logged, wanted),
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
    truth, n_hits = float(_POLICY @ _REWARD), np.zeros(4)
    gain, n_gains = truth - float(_LOGGING @ _REWARD), np.zeros(4)
    for seed in range(300):
        chosen, rewards = _log(1500, seed=seed)
        for i, e in enumerate(_estimates(chosen, rewards, _REWARD)):
            assert e.gain is not None
            n_hits[i] += e.value.low <= truth <= e.value.high
            n_gains[i] += e.gain.low <= gain <= e.gain.high
    # Four standard errors of 300 runs are 5%; clipping may hold more, because its upper end is that of IPS.
    for n in (n_hits, n_gains):
        assert (n / 300 >= 0.90).all()
        assert (n / 300 <= 0.99).all()


def test_a_wrong_reward_model_does_not_mislead_the_doubly_robust() -> None:
    truth = float(_POLICY @ _REWARD)
    chosen, rewards = _log(40_000, seed=3)
    wrong = _estimates(chosen, rewards, np.full(4, 0.9))[3]
    right = _estimates(chosen, rewards, _REWARD)[3]
    assert wrong.value.low <= truth <= wrong.value.high
    assert right.value.high - right.value.low < wrong.value.high - wrong.value.low


def test_effective_rows_are_those_of_kish() -> None:
    chosen, rewards = _log(5000, seed=4)
    w = _POLICY[chosen] / _LOGGING[chosen]
    found = inverse_propensity(rewards, _LOGGING[chosen], _POLICY[chosen])
    assert found.n_effective == pytest.approx(w.sum() ** 2 / (w**2).sum())


def test_a_log_without_chance_is_refused() -> None:
    ones = np.ones(100)
    with pytest.raises(Unsupported, match="not randomised"):
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


# Four rows by hand: weights 2, 0.5, 4 and 0.
_CLICKS = np.array([1.0, 1.0, 0.0, 1.0])
_PROPENSITIES = np.array([0.25, 0.5, 0.125, 0.5])
_TARGETS = np.array([0.5, 0.25, 0.5, 0.0])


def test_the_published_formulas_by_hand() -> None:
    rows = (_CLICKS, _PROPENSITIES, _TARGETS)
    assert inverse_propensity(*rows).value.mid == pytest.approx((2 + 0.5 + 0 + 0) / 4)
    assert self_normalised(*rows).value.mid == pytest.approx(2.5 / 6.5)
    cut = clipped(*rows, bound=1.5)
    assert cut.value.mid == pytest.approx((1.5 + 0.5) / 4)
    assert cut.bias == pytest.approx(-0.5 / 4)
    assert cut.bound == 1.5
    predicted, there = np.array([0.5, 0.5, 0.25, 0.0]), np.array([0.3, 0.1, 0.2, 0.4])
    # 0.3 + 2 × 0.5, 0.1 + 0.5 × 0.5, 0.2 − 4 × 0.25, 0.4
    robust = doubly_robust(*rows, predicted, there)
    assert robust.value.mid == pytest.approx((1.3 + 0.35 - 0.8 + 0.4) / 4)
    for found in (inverse_propensity(*rows), self_normalised(*rows), robust):
        assert found.gain is not None
        assert found.gain.mid == pytest.approx(found.value.mid - 0.75)
        assert found.mean_weight == pytest.approx(6.5 / 4)
        assert found.n_effective == pytest.approx(6.5**2 / (4 + 0.25 + 16))
    assert on_policy(_CLICKS).value.mid == 0.75


def test_over_every_possible_log_row_the_estimates_are_the_truth() -> None:
    """Two kinds of visitor, three products: each outcome stands in the log as often as it is probable."""
    logging = np.array([[6, 3, 1], [2, 4, 4]])  # in tenths
    policy = np.array([[0.2, 0.3, 0.5], [0.7, 0.2, 0.1]])
    clicks = np.array([[1, 2, 4], [3, 1, 2]])  # in fifths
    rows = [
        (who, what, float(is_click))
        for who in range(2)
        for what in range(3)
        for is_click in (0, 1)
        for _ in range(
            logging[who, what] * (clicks[who, what] if is_click else 5 - clicks[who, what])
        )
    ]
    who, what = np.array([r[0] for r in rows]), np.array([r[1] for r in rows])
    rewards = np.array([r[2] for r in rows])
    truth = float((policy * clicks / 5).sum(axis=1).mean())
    logged = (rewards, logging[who, what] / 10, policy[who, what])
    assert inverse_propensity(*logged).value.mid == pytest.approx(truth)
    assert self_normalised(*logged).value.mid == pytest.approx(truth)
    for model in (clicks / 5, np.full((2, 3), 0.9), 1 - clicks / 5):
        there = (policy * model).sum(axis=1)[who]
        found = doubly_robust(*logged, model[who, what], there)
        assert found.value.mid == pytest.approx(truth)
    # Clipped is below by what the clicks over the bound weigh.
    weights = logged[2] / logged[1]
    over = float((np.maximum(weights - 2, 0) * rewards).mean())
    assert clipped(*logged, bound=2).value.mid == pytest.approx(truth - over)


@given(seed=st.integers(0, 10_000), n=st.integers(30, 200))
def test_the_policy_that_made_the_log_earned_what_the_log_says(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    rewards = rng.integers(0, 2, n).astype(float)
    chance = rng.uniform(0.1, 0.9, n)
    for found in (
        inverse_propensity(rewards, chance, chance),
        self_normalised(rewards, chance, chance),
        clipped(rewards, chance, chance),
    ):
        assert found.value.mid == pytest.approx(rewards.mean())
        assert found.gain is not None
        assert found.gain.mid == pytest.approx(0.0, abs=1e-12)
        assert found.gain.low == pytest.approx(0.0, abs=1e-9) == pytest.approx(found.gain.high)
        assert found.n_effective == pytest.approx(n)
        assert found.bias == pytest.approx(0.0)


@given(seed=st.integers(0, 10_000))
def test_neither_the_order_of_rows_nor_the_names_of_visitors_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    chosen, rewards = _log(400, seed=seed)
    visitor = rng.integers(0, 60, 400)
    order = rng.permutation(400)
    names = np.array([f"visitor {(7 * v) % 61}" for v in visitor])
    for estimator in (inverse_propensity, self_normalised, clipped):
        shuffled = (rewards[order], _LOGGING[chosen][order], _POLICY[chosen][order])
        try:
            one = estimator(rewards, _LOGGING[chosen], _POLICY[chosen], clusters=visitor)
        except Unsupported:  # by chance, one log of thousands: then both are refused
            with pytest.raises(Unsupported):
                estimator(*shuffled, clusters=names[order])
            continue
        other = estimator(*shuffled, clusters=names[order])
        assert other.value.to_json() == pytest.approx(one.value.to_json())


def test_the_chosen_bound_cuts_a_few_heavy_rows_and_the_truth_stays_inside() -> None:
    """A product that is tried twice in a thousand times, and placed in 4 of 10: weights of 0.6 and of 200."""
    rng = np.random.default_rng(8)
    is_rare = rng.random(20_000) < 0.002
    rewards = (rng.random(20_000) < 0.05).astype(float)
    logged = (rewards, np.where(is_rare, 0.002, 0.998), np.where(is_rare, 0.4, 0.6))
    found, whole = clipped(*logged), inverse_propensity(*logged)
    assert found.bound is not None
    assert found.bound < 200
    assert found.bias <= 0
    assert found.value.mid - found.bias == pytest.approx(whole.value.mid)
    assert found.n_effective > 2 * whole.n_effective
    assert found.value.low <= 0.05 <= found.value.high


@pytest.mark.parametrize("bound", [0.0, -1.0, float("nan")])
def test_a_bound_that_cuts_everything_is_refused(bound: float) -> None:
    with pytest.raises(ValueError, match="bound"):
        clipped(_CLICKS, _PROPENSITIES, _TARGETS, bound=bound)


@pytest.mark.parametrize("wrong", [-1.0, np.nan])
def test_a_reward_below_zero_or_unknown_is_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match="rewards"):
        inverse_propensity(np.array([1.0, wrong, 0, 0]), _PROPENSITIES, _TARGETS)


def test_a_reward_model_never_knew_the_visitor_it_is_asked_about() -> None:
    rng = np.random.default_rng(1)
    visitor, cell = np.repeat(np.arange(100), 5), rng.integers(0, 4, 500)
    rewards = (rng.random(500) < 0.1 + 0.2 * cell).astype(float)
    before = RewardModel.fit(rewards, cell, 4, visitor)
    other = rewards.copy()
    other[visitor == 7] = 1 - other[visitor == 7]
    after = RewardModel.fit(other, cell, 4, visitor)
    is_seventh = visitor == 7
    np.testing.assert_array_equal(before.predict(cell)[is_seventh], after.predict(cell)[is_seventh])
    assert (before.rates != after.rates).any()
    # Where cells differ this much, the model finds their order.
    assert (np.diff(before.rates, axis=1) > 0).all()


def test_a_reward_model_of_cells_that_differ_by_chance_alone_says_the_mean() -> None:
    rng = np.random.default_rng(2)
    rewards = (rng.random(4_000) < 0.01).astype(float)
    model = RewardModel.fit(rewards, rng.integers(0, 40, 4_000), 40, np.arange(4_000))
    assert np.abs(model.rates - 0.01).max() < 0.01  # the raw rates of 80 rows go up to 0.05


def _logged_rewards(n: int, **changed: object) -> LoggedRewards:
    rng = np.random.default_rng(4)
    rewards = (rng.random(n) < 0.1).astype(float)
    rows: dict[str, Any] = {
        "rewards": rewards,
        "propensities": np.full(n, 0.5),
        "target": np.where(rng.random(n) < 0.5, 1.0, 0.0),
        "predicted": np.full(n, 0.1),
        "predicted_target": np.full(n, 0.1),
        **changed,
    }
    return LoggedRewards(**rows)


def test_a_surface_that_exploration_never_touched_is_named() -> None:
    n = 4_000
    surface = np.where(np.arange(n) % 10 < 1, "home", "search")
    rng = np.random.default_rng(4)
    # At home there is no exploration, and the policy places what never stood there.
    target = np.where(surface == "home", 0.0, np.where(rng.random(n) < 0.5, 1.0, 0.0))
    log = _logged_rewards(
        n,
        target=target,
        propensities=np.where(surface == "home", 1.0, 0.5),
        contexts={"surface": surface},
    )
    with pytest.raises(Unsupported, match="where surface is home") as caught:
        policy_values("p", "click", log)
    assert "--surface" in caught.value.fix


def test_a_part_that_missed_a_rare_exploration_by_chance_is_not_refused() -> None:
    """One row in 100 was explored; of the 20 rows of a surface none had to be."""
    weights = np.zeros(20_020)
    weights[:20_000:100] = 100.0
    surface = np.repeat(["search", "home"], [20_000, 20])
    check_support(weights, contexts={"surface": surface})
    few = np.concatenate([weights[:300], np.tile(weights[:300], 39), np.zeros(700)])
    kinds = np.repeat(["search", "home"], [12_000, 700])  # 5.5% of the rows
    check_support(few, contexts={"surface": kinds})
    with pytest.raises(Unsupported, match="where surface is home"):
        check_support(
            np.concatenate([few, np.zeros(2_000)]),
            contexts={"surface": np.append(kinds, ["home"] * 2_000)},
        )


def test_propensities_that_cannot_be_true_are_refused() -> None:
    """Logged before a rule moved products: 0.3 where 0.5 is true."""
    with pytest.raises(Unsupported, match=r"average 1\.6"):
        policy_values("p", "click", _logged_rewards(2_000, propensities=np.full(2_000, 0.3)))


def test_a_handful_of_visitors_is_refused_however_many_rows_they_have() -> None:
    with pytest.raises(Unsupported, match="of 4 visitors"):
        policy_values("p", "click", _logged_rewards(2_000, clusters=np.arange(2_000) % 4))


def test_few_effective_rows_are_refused() -> None:
    weights = np.zeros(50_000)
    weights[:60] = 800.0
    with pytest.raises(Unsupported, match="worth 60 rows"):
        check_support(weights)


def test_items_that_the_log_never_showed_are_named() -> None:
    items = np.array(["a", "b", "c", "d"] * 500)
    positions = np.array([1, 2, 3] * 1000)[:2_000]
    theirs = np.array(["a", "new", "newer", "new"] * 300)
    with pytest.raises(Unsupported, match=r"never tried.* new \(50%\), newer \(25%\)"):
        log_values(
            items,
            positions,
            np.zeros(2_000),
            np.full(2_000, 0.25),
            policy="theirs",
            other=(theirs, np.array([1, 2, 3] * 400)),
        )


def test_a_short_random_log_is_not_refused_because_it_missed_items() -> None:
    rng = np.random.default_rng(3)
    items, positions = rng.integers(0, 80, 300), rng.integers(1, 4, 300)
    values = log_values(items, positions, np.zeros(300), np.full(300, 1 / 80), policy="uniform")
    assert [v.estimator for v in values] == ["ips", "snips", "clipped", "dr"]


@pytest.mark.parametrize("campaign", ["all", "men"])
def test_the_random_log_of_a_real_shop_tells_the_clicks_of_its_other_policy(
    campaign: str, shared_data: Callable[[str], Path]
) -> None:
    folder = shared_data("open_bandit")
    random, bts = folder / f"random_{campaign}.csv.gz", folder / f"bts_{campaign}.csv.gz"
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
