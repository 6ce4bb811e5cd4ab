"""The value of one policy by IPS, SNIPS and DR, and the reward model of the third.

The reward model is a table of smoothed rates by cell (such as position and product), learned on the
half of the clusters that it is not asked about: good enough to take variance out of the estimate, and
unable to mislead it, because the propensities are known.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from baihuo.core import BadInput
from baihuo.evaluate.off_policy import (
    Estimate,
    doubly_robust,
    inverse_propensity,
    on_policy,
    self_normalised,
)

Floats = NDArray[np.float64]
Estimator = Literal["logged", "ips", "snips", "dr"]

_PRIOR_ROWS = 20.0  # a cell's own rate counts as much as the mean once it has so many rows


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyValue:
    """What one policy earns an impression, by one estimator."""

    policy: str
    reward: str  # click, purchase
    estimator: Estimator  # "logged": it is the policy that made the log
    estimate: Estimate

    def to_json(self) -> dict[str, Any]:
        """As printed with ``--json``."""
        return asdict(self)


@dataclass(frozen=True, slots=True, eq=False)
class RewardModel:
    """Smoothed rates by cell, one table for each half of the clusters, fitted on the other half."""

    rates: Floats  # [2, cells]
    half: NDArray[np.intp]  # [rows]: which table may be asked about a row

    @classmethod
    def fit(
        cls, rewards: Floats, cell: NDArray[np.intp], n_cells: int, clusters: NDArray[Any]
    ) -> RewardModel:
        """Rates of each half from the other.

        Args:
            rewards: ``[rows]``.
            cell: ``[rows]``, 0 to ``n_cells`` - 1.
            clusters: ``[rows]``: rows of one cluster are in one half.
        """
        _, cluster = np.unique(clusters, return_inverse=True)
        half = cluster.reshape(-1) % 2
        rates = np.empty((2, n_cells))
        for side in (0, 1):
            is_other_half = half != side
            mean = float(rewards[is_other_half].mean()) if is_other_half.any() else 0.0
            n = np.bincount(cell[is_other_half], minlength=n_cells)
            total = np.bincount(cell[is_other_half], rewards[is_other_half], minlength=n_cells)
            rates[side] = (total + _PRIOR_ROWS * mean) / (n + _PRIOR_ROWS)
        return cls(rates, half.astype(np.intp))

    def predict(self, cell: NDArray[np.intp]) -> Floats:
        """``[rows]``: the model's reward if this cell stood at this row."""
        return np.asarray(self.rates[self.half, cell], dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LoggedRewards:
    """A log and one policy in question, a value a row; see ``off_policy.py`` for what each is."""

    rewards: NDArray[Any]  # [rows] what was earned
    propensities: NDArray[Any]  # [rows] P(placed here | logging policy)
    target: NDArray[Any]  # [rows] P(placed here | policy in question)
    predicted: NDArray[Any]  # [rows] the reward model's answer for what was placed
    predicted_target: NDArray[Any]  # [rows] the same for what the policy in question would place
    clusters: NDArray[Any] | None = None  # [rows] drawn together; None: each row alone


def policy_values(
    policy: str, reward: str, log: LoggedRewards, *, seed: int = 0
) -> list[PolicyValue]:
    """A policy's value by IPS, SNIPS and DR; errors as in ``off_policy.py``."""
    rows = (log.rewards, log.propensities, log.target)
    options: dict[str, Any] = {"seed": seed, "clusters": log.clusters}
    estimates: dict[Estimator, Estimate] = {
        "ips": inverse_propensity(*rows, **options),
        "snips": self_normalised(*rows, **options),
        "dr": doubly_robust(*rows, log.predicted, log.predicted_target, **options),
    }
    return [
        PolicyValue(policy=policy, reward=reward, estimator=name, estimate=estimate)
        for name, estimate in estimates.items()
    ]


def logged_value(
    reward: str, rewards: NDArray[Any], *, clusters: NDArray[Any] | None, seed: int = 0
) -> PolicyValue:
    """What the policy that made the log earned."""
    estimate = on_policy(rewards, seed=seed, clusters=clusters)
    return PolicyValue(policy="live", reward=reward, estimator="logged", estimate=estimate)


def log_values(
    items: NDArray[Any],
    positions: NDArray[Any],
    clicks: NDArray[Any],
    propensities: NDArray[Any],
    *,
    policy: str,
    other: tuple[NDArray[Any], NDArray[Any]] | None = None,
    seed: int = 0,
) -> list[PolicyValue]:
    """What a policy that knows no visitors would have earned on a log of single placements.

    Args:
        items, positions, clicks, propensities: ``[rows]`` of the log.
        policy: ``live`` (the log's own), ``uniform`` (every item of the log equally often at every
            position), or a name for ``other``.
        other: items and positions of another policy's log: what it places at each position, and
            how often, is the policy in question.

    Raises:
        Unsupported: the log has no propensities, left nothing to chance, or never tried a part of
            what the policy does.
        BadInput: there is no such policy.
    """
    if policy == "live":
        return [logged_value("click", np.asarray(clicks, float), clusters=None, seed=seed)]
    n_items, item = _codes(items if other is None else np.concatenate([items, other[0]]))
    n_positions, position = _codes(
        positions if other is None else np.concatenate([positions, other[1]])
    )
    n, rewards = len(items), np.asarray(clicks, dtype=np.float64)
    if other is not None:
        counts = np.zeros((n_positions, n_items))
        np.add.at(counts, (position[n:], item[n:]), 1.0)
        share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1.0)
    elif policy == "uniform":
        share = np.full((n_positions, n_items), 1.0 / n_items)
    else:
        raise BadInput(
            f"a log of placements has no policy {policy!r}",
            fix="live, uniform, or the file of another policy's log",
        )
    cell = (position * n_items + item)[:n]
    model = RewardModel.fit(rewards, cell, n_positions * n_items, np.arange(n))
    rates = model.rates.reshape(2, n_positions, n_items)
    by_position = (rates * share).sum(axis=2)  # [2, positions]
    log = LoggedRewards(
        rewards=rewards,
        propensities=propensities,
        target=share[position[:n], item[:n]],
        predicted=model.predict(cell),
        predicted_target=by_position[model.half, position[:n]],
    )
    return policy_values(policy, "click", log, seed=seed)


def _codes(values: NDArray[Any]) -> tuple[int, NDArray[np.intp]]:
    known, code = np.unique(values, return_inverse=True)
    return len(known), code.reshape(-1).astype(np.intp)
