"""The value of one policy by IPS, SNIPS, clipped IPS and DR, and the reward model of the last.

The reward model is a table of smoothed rates by cell (such as position and product), cross-fitted over folds of the clusters. It reduces
variance, and cannot bias the estimate, because the propensities are known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from baihuo.core import BadInput, Unsupported
from baihuo.evaluate.off_policy import (
    Estimate,
    check_support,
    clipped,
    doubly_robust,
    importance_weights,
    inverse_propensity,
    on_policy,
    self_normalised,
)

Floats = NDArray[np.float64]
Estimator = Literal["logged", "ips", "snips", "clipped", "dr"]

_N_FOLDS = 5
_LEAST_KNOWN = 0.9  # of what a policy places, which the log must have placed at least once


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyValue:
    """One policy's reward for each impression, by one estimator."""

    policy: str
    reward: str  # click, purchase
    estimator: Estimator  # "logged": the logging policy
    estimate: Estimate

    def to_json(self) -> dict[str, Any]:
        """As printed with ``--json``."""
        return asdict(self)


@dataclass(frozen=True, slots=True, eq=False)
class RewardModel:
    """Smoothed rates by cell, one table for each fold of the clusters, fitted on the other folds."""

    rates: Floats  # [folds, cells]
    fold: NDArray[np.intp]  # [rows]: the fold's table to use for a row

    @classmethod
    def fit(
        cls, rewards: Floats, cell: NDArray[np.intp], n_cells: int, clusters: NDArray[Any]
    ) -> RewardModel:
        """Fit the rates of each fold on the others.

        Args:
            rewards: ``[rows]``.
            cell: ``[rows]``, 0 to ``n_cells`` - 1.
            clusters: ``[rows]``: rows of one cluster are in one fold.
        """
        _, cluster = np.unique(clusters, return_inverse=True)
        fold = (cluster.reshape(-1) % _N_FOLDS).astype(np.intp)
        rates = np.stack(
            [
                _smoothed_rates(rewards[fold != side], cell[fold != side], n_cells)
                for side in range(_N_FOLDS)
            ]
        )
        return cls(rates, fold)

    def predict(self, cell: NDArray[np.intp]) -> Floats:
        """Return ``[rows]``, the model's reward of each row for this cell."""
        return np.asarray(self.rates[self.fold, cell], dtype=np.float64)


def _smoothed_rates(rewards: Floats, cell: NDArray[np.intp], n_cells: int) -> Floats:
    """Return the mean reward of each cell, shrunk to the overall mean as far as cells differ by chance.

    Source: empirical Bayes by moments, as DerSimonian and Laird (1986).
    """
    if not len(rewards):
        return np.zeros(n_cells)
    mean, within = float(rewards.mean()), float(rewards.var())
    n = np.bincount(cell, minlength=n_cells).astype(np.float64)
    total = np.bincount(cell, rewards, minlength=n_cells)
    is_seen = n > 0
    spread = float((n[is_seen] * (total[is_seen] / n[is_seen] - mean) ** 2).sum())
    by_chance = within * (int(is_seen.sum()) - 1)
    if spread <= by_chance:  # also one cell alone
        return np.full(n_cells, mean)
    between = (spread - by_chance) / (n.sum() - float((n**2).sum()) / n.sum())
    prior_rows = within / between
    return np.asarray((total + prior_rows * mean) / (n + prior_rows), dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LoggedRewards:
    """A log and one evaluated policy, a value for each row; see ``off_policy.py``."""

    rewards: NDArray[Any]  # [rows] rewards
    propensities: NDArray[Any]  # [rows] P(placed here | logging policy)
    target: NDArray[Any]  # [rows] P(placed here | policy in question)
    predicted: NDArray[Any]  # [rows] the reward model's value of the placed product
    predicted_target: NDArray[Any]  # [rows] its value of the evaluated policy's products
    clusters: NDArray[Any] | None = None  # [rows] depend on each other; None: each row alone
    contexts: Mapping[str, NDArray[Any]] | None = None  # [rows] each; see ``support.py``


def policy_values(
    policy: str, reward: str, log: LoggedRewards, *, bound: float | None = None
) -> list[PolicyValue]:
    """Estimate a policy's value by IPS, SNIPS, clipped IPS and DR.

    Args:
        bound: Largest weight of the clipped estimate; None: as the log suggests.

    Raises:
        Unsupported: the log cannot answer; see ``support.py``.
    """
    rows = (log.rewards, log.propensities, log.target)
    clusters = None
    if log.clusters is not None:  # names to numbers once, because names are slow to sort
        clusters = np.unique(log.clusters, return_inverse=True)[1].reshape(-1)
    weights = importance_weights(log.propensities, log.target, clusters=clusters)
    check_support(weights, clusters=clusters, contexts=log.contexts)
    predicted = (log.predicted, log.predicted_target)
    estimates: dict[Estimator, Estimate] = {
        "ips": inverse_propensity(*rows, clusters=clusters),
        "snips": self_normalised(*rows, clusters=clusters),
        "clipped": clipped(*rows, bound=bound, clusters=clusters),
        "dr": doubly_robust(*rows, *predicted, clusters=clusters),
    }
    return [
        PolicyValue(policy=policy, reward=reward, estimator=name, estimate=estimate)
        for name, estimate in estimates.items()
    ]


def logged_value(
    reward: str, rewards: NDArray[Any], *, clusters: NDArray[Any] | None
) -> PolicyValue:
    """Return the logging policy's value."""
    estimate = on_policy(rewards, clusters=clusters)
    return PolicyValue(policy="live", reward=reward, estimator="logged", estimate=estimate)


def log_values(
    items: NDArray[Any],
    positions: NDArray[Any],
    clicks: NDArray[Any],
    propensities: NDArray[Any],
    *,
    policy: str,
    other: tuple[NDArray[Any], NDArray[Any]] | None = None,
    bound: float | None = None,
) -> list[PolicyValue]:
    """Estimate a policy that ignores visitors on a log of single placements.

    Args:
        items, positions, clicks, propensities: ``[rows]`` of the log.
        policy: ``live`` (the log's own), ``uniform`` (every item of the log equally often at every
            position), or a name for ``other``.
        other: items and positions of another policy's log: the evaluated policy places items as often at each position.
        bound: Largest weight of the clipped estimate; None: as the log suggests.

    Raises:
        Unsupported: the log has no propensities, is not randomised, or never tried a part of the policy.
        BadInput: there is no such policy.
    """
    if policy == "live":
        return [logged_value("click", np.asarray(clicks, float), clusters=None)]
    names, item = _codes(items if other is None else np.concatenate([items, other[0]]))
    places, position = _codes(positions if other is None else np.concatenate([positions, other[1]]))
    n_items, n_positions = len(names), len(places)
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
    target = share[position[:n], item[:n]]
    with np.errstate(divide="ignore", invalid="ignore"):  # a missing propensity is refused below
        weights = target / propensities
    _refuse_unknown_items(share, position[:n], item[:n], weights, names)
    model = RewardModel.fit(rewards, cell, n_positions * n_items, np.arange(n))
    rates = model.rates.reshape(-1, n_positions, n_items)
    by_position = (rates * share).sum(axis=2)  # [folds, positions]
    log = LoggedRewards(
        rewards=rewards,
        propensities=propensities,
        target=target,
        predicted=model.predict(cell),
        predicted_target=by_position[model.fold, position[:n]],
        contexts={"position": np.asarray(positions)},
    )
    return policy_values(policy, "click", log, bound=bound)


def _refuse_unknown_items(
    share: Floats,
    position: NDArray[np.intp],
    item: NDArray[np.intp],
    weights: Floats,
    names: NDArray[Any],
) -> None:
    """Refuse a policy that often places items the log never placed there, naming them. A short log misses items by chance, too; then the
    weights of the others make up for them.
    """
    if not weights.mean() < _LEAST_KNOWN:
        return
    is_tried = np.zeros(share.shape, dtype=bool)
    is_tried[position, item] = True
    rows_at = np.bincount(position, minlength=len(share)) / len(position)
    untried = rows_at @ np.where(is_tried, 0.0, share)  # [items], of everything the policy places
    if untried.sum() > 1 - _LEAST_KNOWN:
        worst = np.argsort(-untried, kind="stable")[:3]
        listed = ", ".join(f"{names[i]} ({untried[i]:.0%})" for i in worst if untried[i] > 0)
        raise Unsupported(
            f"the log covers about {1 - untried.sum():.0%} of the policy: it never tried "
            f"these items at their positions: {listed}",
            fix="show these items now and then at these positions, or evaluate a policy without them",
        )


def _codes(values: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.intp]]:
    known, code = np.unique(values, return_inverse=True)
    return known, code.reshape(-1).astype(np.intp)
