"""Off-policy evaluation: what another ranking would have earned on the served pages.

A placement is a product at a position of a first page. Exploration drew it, and the draw can be
repeated from the page's log. So two things are known of every placement: the product's rank in the
order without exploration, and its propensity, the probability of this position. Weighted by

    P(product at position | the evaluated policy) / P(product at position | exploration)

the clicks estimate what that policy would have earned, as long as a click on a product depends on the
product, the position and the request, and not on its neighbours (the item-position model; Li et al.,
2018). No feature is used, and no model has to be right.

Left out: later pages (they have no exploration) and pages the shopper sorted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from baihuo.core import Unsupported
from baihuo.evaluate import LoggedRewards, PolicyValue, RewardModel, logged_value, policy_values
from baihuo.monitor.placements import REWARDS, Placements

LIVE, GREEDY, UNIFORM = "live", "greedy", "uniform"
POLICIES = {
    LIVE: "as served, exploration included",
    GREEDY: "the same order without exploration",
    UNIFORM: "at every position, a product drawn uniformly from those that the random slot may show",
}
"""Policies that every shop has; the id of a bundle names that bundle's order."""

_MIN_EFFECTIVE = 100  # effective rows; the interval of fewer is too narrow to be trusted
_BINS = np.array([1, 2, 3, 4, 6, 9, 13, 17, 25])  # positions that share a rate in the reward model


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyReport:
    """Estimates, and the data they come from."""

    values: tuple[PolicyValue, ...]
    n_pages: int
    n_impressions: int
    left_out: Mapping[str, int]  # pages
    refused: Mapping[str, str] = field(
        default_factory=dict
    )  # policy → why the log cannot evaluate it

    def to_json(self) -> dict[str, Any]:
        """As printed with ``--json``."""
        return {
            "n_pages": self.n_pages,
            "n_impressions": self.n_impressions,
            "left_out": dict(self.left_out),
            "values": [value.to_json() for value in self.values],
            "refused": dict(self.refused),
        }


def policy_report(
    placed: Placements,
    rows: pa.Table,
    policies: Iterable[str],
    *,
    orders: Mapping[str, Callable[[pa.Table], pa.Table]] | None = None,
    seed: int = 0,
) -> PolicyReport:
    """Clicks and purchases per impression of every policy; if the log cannot evaluate one, the reason.

    Args:
        rows: The result of :func:`seen_placements`.
        policies: Names of :data:`POLICIES`, or of ``orders``.
        orders: By name, a function that adds the column ``wanted`` to ``rows``: the product's position under
            that policy, 0 where it is not on the page. It drops rows it knows no position of.
    """
    values: list[PolicyValue] = []
    refused: dict[str, str] = {}
    for policy in policies:
        try:
            values += _values(policy, rows, (orders or {}).get(policy), seed)
        except Unsupported as error:
            refused[policy] = f"{error.what}; {error.fix}"
    return PolicyReport(
        values=tuple(values),
        n_pages=placed.n_pages,
        n_impressions=rows.num_rows,
        left_out=placed.left_out,
        refused=refused,
    )


def _values(
    policy: str, rows: pa.Table, order: Callable[[pa.Table], pa.Table] | None, seed: int
) -> list[PolicyValue]:
    if policy == UNIFORM:
        rows = rows.filter(pa.array(_numbers(rows, "n_reach") > 0))
    if order is not None:
        rows = order(rows)
    if not rows.num_rows:
        raise Unsupported(
            "no page of the log can be used: none is newer than the bundle, or none had products for "
            "exploration to show",
            fix="wait for more pages to be served, seen and checked",
        )
    visitors = rows.column("visitor_id").to_numpy(zero_copy_only=False).astype(str)
    estimates: list[PolicyValue] = []
    for reward in REWARDS:
        rewards = _numbers(rows, reward)
        if reward != "click" and not rewards.any():
            continue  # nothing was bought: no estimate rather than a row of zeros
        if policy == LIVE:
            estimates.append(logged_value(reward, rewards, clusters=visitors, seed=seed))
            continue
        target, at_target = _target(policy, rows, is_order=order is not None)
        cell, n_cells = _cells(rows, _numbers(rows, "base_rank") > _numbers(rows, "n_first"))
        model = RewardModel.fit(rewards, cell, n_cells, visitors)
        target_cell, _ = _cells(rows, at_target)
        log = LoggedRewards(
            rewards=rewards,
            propensities=_numbers(rows, "propensity"),
            target=target,
            predicted=model.predict(cell),
            predicted_target=model.predict(target_cell),
            clusters=visitors,
        )
        values = policy_values(policy, reward, log, seed=seed)
        if (n_effective := values[0].estimate.n_effective) < _MIN_EFFECTIVE:
            raise Unsupported(
                f"the log is worth {n_effective:.0f} rows for this policy, and at least {_MIN_EFFECTIVE} are needed",
                fix="wait for more pages, or raise serve.exploration.slot_probability in shop.yaml",
            )
        estimates += values
    return estimates


def _target(
    policy: str, rows: pa.Table, *, is_order: bool
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """P(placed here | policy), and whether the policy places a product of the random slot here."""
    position, none = _numbers(rows, "position"), np.zeros(rows.num_rows, dtype=bool)
    if is_order:
        return (_numbers(rows, "wanted") == position).astype(np.float64), none
    if policy == UNIFORM:
        is_reach = _numbers(rows, "base_rank") > _numbers(rows, "n_first")
        return is_reach / _numbers(rows, "n_reach"), ~none
    return (_numbers(rows, "base_rank") == position).astype(np.float64), none


def _cells(rows: pa.Table, is_reach: NDArray[np.bool_]) -> tuple[NDArray[np.intp], int]:
    """The reward model's cell of each row: surface, position bin, and whether the product is of the random slot."""
    surfaces, surface = np.unique(
        rows.column("surface").to_numpy(zero_copy_only=False).astype(str), return_inverse=True
    )
    position_bin = np.searchsorted(_BINS, _numbers(rows, "position"), side="right") - 1
    cell = (surface.reshape(-1) * len(_BINS) + position_bin) * 2 + is_reach
    return cell.astype(np.intp), 2 * len(surfaces) * len(_BINS)


def _numbers(rows: pa.Table, name: str) -> NDArray[np.float64]:
    return np.asarray(rows.column(name).to_numpy(), dtype=np.float64)
