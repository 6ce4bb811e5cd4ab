"""Off-policy evaluation: estimate the clicks of another ranking on the served pages.

A placement is a product at a position of a first page. Exploration drew it, and the draw can be
repeated from the page's log. So each placement has the product's rank in the
order without exploration, and its propensity, the probability of this position. Weighted by

    P(product at position | the evaluated policy) / P(product at position | exploration)

the clicks estimate what that policy would have earned, as long as a click on a product depends on the
product, the position and the request, and not on its neighbours (the item-position model; Li et al.,
2018). No feature is used, and no model has to be right.

Left out: later pages (they have no exploration) and pages the shopper sorted.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from baihuo.bundle import Bundle, open_generation
from baihuo.connect import read_bandit_log
from baihuo.core import (
    HOME_DIVERSITY,
    NotFound,
    Progress,
    Query,
    ShopPaths,
    Unsupported,
    no_progress,
)
from baihuo.engine import Tables
from baihuo.evaluate import (
    Interval,
    LoggedRewards,
    PolicyValue,
    RewardModel,
    log_values,
    logged_value,
    policy_values,
)
from baihuo.events import ServedLog
from baihuo.monitor.placements import (
    REWARDS,
    Placements,
    placements,
    replayed_orders,
    seen_placements,
    with_wanted,
)
from baihuo.train import impressions

# Off-policy comparison by name, on the served pages of a shop or on a log of single placements.


_MAX_PAGES = 50_000  # of the served log, newest first
_MAX_REPLAYED = 2_000  # pages replayed for a bundle: about 10 ms each


@dataclass(frozen=True, slots=True)
class ReplayedPolicy:
    """A bundle, which of its orders serves each surface, and the diversity of home (``surfaces`` of ``shop.yaml``)."""

    bundle: Bundle
    order_switches: Mapping[str, str]
    diversity: float = HOME_DIVERSITY


def compare_policies(
    tables: Tables,
    paths: ShopPaths,
    policies: Sequence[str],
    *,
    replayed: Mapping[str, ReplayedPolicy],
    attribution_minutes: int,
    surface: str | None = None,
    bound: float | None = None,
    progress: Progress = no_progress,
) -> PolicyReport:
    """Estimate what policies would have earned on the newest served pages.

    Args:
        paths: The shop: served pages, clean events (clicks count once they are checked), indexes.
        policies: Names of :data:`POLICIES` and of ``replayed``.
        replayed: By name; the policy is the bundle's order without exploration. It is evaluated only on pages
            served after the bundle was sealed, because older ones may be in its training data.
        attribution_minutes: An outcome counts for an impression within this time.
        surface: Only pages of this surface.
        bound: Largest weight of the clipped estimate; None: as the log suggests.

    Raises:
        NotFound: no page was served, none of its impressions was checked, or an index is gone.
    """
    events = paths.clean_events
    if not paths.served_log.exists():
        raise NotFound("no page was served yet", fix="run: baihuo serve")
    if not any(events.glob("*.parquet")):
        raise NotFound("no event was checked yet", fix="run: baihuo check")
    log = ServedLog(paths.served_log)
    try:
        placed = placements(p for batch in log.batches(newest=_MAX_PAGES) for p in batch)
    finally:
        log.close()
    with tempfile.TemporaryDirectory(prefix="baihuo-policies-") as folder:
        impressions_file = Path(folder) / "impressions.parquet"
        impressions(
            tables, events=events, out=impressions_file, attribution_minutes=attribution_minutes
        )
        rows = seen_placements(tables, placed, impressions_file, surface=surface)
    pages = [placed.queries[query_id] for query_id in rows.column("query_id").unique().to_pylist()]
    orders = {
        name: partial(
            with_wanted,
            orders=replayed_orders(
                tables,
                policy.bundle,
                open_generation(policy.bundle, paths),
                _pages_after_training(policy.bundle, pages),
                order_switches=policy.order_switches,
                diversity=policy.diversity,
                events=events,
                products=paths.clean_products,
                progress=progress,
            ),
        )
        for name, policy in replayed.items()
    }
    return policy_report(placed, rows, policies or tuple(POLICIES), orders=orders, bound=bound)


def _pages_after_training(bundle: Bundle, pages: Sequence[Query]) -> list[Query]:
    """The newest pages that were served after the bundle was sealed."""
    sealed_at_us = (bundle.path / "manifest.json").stat().st_mtime_ns // 1_000
    newer = [query for query in pages if query.at_us > sealed_at_us]
    return sorted(newer, key=lambda query: query.at_us)[-_MAX_REPLAYED:]


def compare_log_policies(
    log: Path, policies: Sequence[str], *, bound: float | None = None
) -> PolicyReport:
    """Estimate policies on a log of single placements, in the format of the Open Bandit Dataset.

    Args:
        log: A CSV file, see :func:`baihuo.connect.read_bandit_log`.
        policies: ``live``, ``uniform``, or files: the log of another policy in the same format, whose observed clicks are reported, too, as
            "logged".
        bound: Largest weight of the clipped estimate; None: as the log suggests.
    """
    logged = read_bandit_log(log)
    values: list[PolicyValue] = []
    refused: dict[str, str] = {}
    for policy in policies or (LIVE, UNIFORM):
        is_file = policy not in (LIVE, UNIFORM)
        other_log = read_bandit_log(Path(policy)) if is_file else None
        try:
            values += log_values(
                logged.items,
                logged.positions,
                logged.clicks,
                logged.propensities,
                policy=policy,
                other=None if other_log is None else (other_log.items, other_log.positions),
                bound=bound,
            )
        except Unsupported as error:
            refused[policy] = f"{error.what}; {error.fix}"
        if other_log is not None:
            values.append(
                replace(logged_value("click", other_log.clicks, clusters=None), policy=policy)
            )
    return PolicyReport(
        values=tuple(values),
        n_pages=0,
        n_impressions=len(logged.clicks),
        left_out={},
        refused=refused,
    )


LIVE, GREEDY, UNIFORM = "live", "greedy", "uniform"
POLICIES = {
    LIVE: "as served, exploration included",
    GREEDY: "the same order without exploration",
    UNIFORM: "at every position, a product drawn uniformly from those that the random slot may show",
}
"""Policies of every shop; a bundle's id names its order."""
REPLAYED = {
    "text": "the live bundle without its learned orders: words and vectors, and fused recommendations",
    "learned": "the learned orders of the live bundle on every surface, whatever the gate decided",
}
"""Policies that replay pages, as a bundle's does."""

_BINS = np.array([1, 2, 3, 4, 6, 9, 13, 17, 25])  # positions that share a rate in the reward model
_BIN_NAMES = np.array(
    ["1", "2", "3", "4 to 5", "6 to 8", "9 to 12", "13 to 16", "17 to 24", "25 or lower"]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyReport:
    """Estimates and their data."""

    values: tuple[PolicyValue, ...]
    n_pages: int
    n_impressions: int
    left_out: Mapping[str, int]  # pages
    refused: Mapping[str, str] = field(default_factory=dict)  # policy → why it cannot be evaluated

    def to_json(self) -> dict[str, Any]:
        """As printed with ``--json``."""
        return {
            "n_pages": self.n_pages,
            "n_impressions": self.n_impressions,
            "left_out": dict(self.left_out),
            "values": [value.to_json() for value in self.values],
            "refused": dict(self.refused),
            "readings": readings(self.values),
        }


def policy_report(
    placed: Placements,
    rows: pa.Table,
    policies: Iterable[str],
    *,
    orders: Mapping[str, Callable[[pa.Table], pa.Table]] | None = None,
    bound: float | None = None,
) -> PolicyReport:
    """Estimate clicks and purchases per impression of every policy, or say why the log cannot evaluate it.

    Args:
        rows: The result of :func:`seen_placements`.
        policies: Names of :data:`POLICIES`, or of ``orders``.
        orders: By name, a function that adds the column ``wanted`` to ``rows``: the product's position under
            that policy, 0 where it is not on the page. It drops rows of unknown position.
        bound: Largest weight of the clipped estimate; None: as the log suggests.
    """
    values: list[PolicyValue] = []
    refused: dict[str, str] = {}
    for policy in policies:
        try:
            values += _values(policy, rows, (orders or {}).get(policy), bound)
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
    policy: str,
    rows: pa.Table,
    order: Callable[[pa.Table], pa.Table] | None,
    bound: float | None,
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
    visitors, surfaces = _words(rows, "visitor_id"), _words(rows, "surface")
    position_bins = _BIN_NAMES[_position_bin(rows)]
    estimates: list[PolicyValue] = []
    for reward in REWARDS:
        rewards = _numbers(rows, reward)
        if reward != "click" and not rewards.any():
            continue  # no purchases: leave the estimate out instead of zeros
        if policy == LIVE:
            estimates.append(logged_value(reward, rewards, clusters=visitors))
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
            contexts={"surface": surfaces, "position": position_bins},
        )
        estimates += policy_values(policy, reward, log, bound=bound)
    return estimates


def _target(
    policy: str, rows: pa.Table, *, is_order: bool
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return P(placed here | policy), and whether the policy places a product of the random slot here."""
    position, none = _numbers(rows, "position"), np.zeros(rows.num_rows, dtype=bool)
    if is_order:
        return (_numbers(rows, "wanted") == position).astype(np.float64), none
    if policy == UNIFORM:
        is_reach = _numbers(rows, "base_rank") > _numbers(rows, "n_first")
        return is_reach / _numbers(rows, "n_reach"), ~none
    return (_numbers(rows, "base_rank") == position).astype(np.float64), none


def _cells(rows: pa.Table, is_reach: NDArray[np.bool_]) -> tuple[NDArray[np.intp], int]:
    """Return the reward model's cell of each row: surface, position bin, random slot or not."""
    surfaces, surface = np.unique(_words(rows, "surface"), return_inverse=True)
    cell = (surface.reshape(-1) * len(_BINS) + _position_bin(rows)) * 2 + is_reach
    return cell.astype(np.intp), 2 * len(surfaces) * len(_BINS)


def _position_bin(rows: pa.Table) -> NDArray[np.intp]:
    return np.searchsorted(_BINS, _numbers(rows, "position"), side="right") - 1


def _words(rows: pa.Table, name: str) -> NDArray[np.str_]:
    return np.asarray(rows.column(name).to_numpy(zero_copy_only=False)).astype(np.str_)


def _numbers(rows: pa.Table, name: str) -> NDArray[np.float64]:
    return np.asarray(rows.column(name).to_numpy(), dtype=np.float64)


# Summarise each policy in a sentence: better than the served one or not, and how surely.


def readings(values: Iterable[PolicyValue]) -> dict[str, str]:
    """Return a sentence by policy, from its doubly robust estimate: as precise as the others, and as unbiased as IPS."""
    by_policy: dict[str, list[str]] = {}
    for value in values:
        gain = value.estimate.gain
        if value.estimator == "dr" and gain is not None:
            by_policy.setdefault(value.policy, []).append(
                _sentence(value.reward, value.estimate.value, gain)
            )
    return {policy: "; ".join(sentences) for policy, sentences in by_policy.items()}


def _sentence(reward: str, value: Interval, gain: Interval) -> str:
    served = value.mid - gain.mid
    if not served > 0:
        return f"{reward}s: the log has none"
    change = f"{gain.mid / served:+.0%} [{gain.low / served:+.0%}, {gain.high / served:+.0%}]"
    if gain.low > 0:
        return f"{reward}s: more than served, {change}"
    if gain.high < 0:
        return f"{reward}s: fewer than served, {change}"
    return f"{reward}s: no difference is shown, {change} of what was served"
