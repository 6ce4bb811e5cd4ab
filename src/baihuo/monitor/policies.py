"""What another order would have earned on the pages that were served, from the chance in them.

A placement is a product at a position of a first page. Exploration drew it, and its draw is a
function of what the page's log holds, so two things are known of every placement: the product's
place in the order without chance, and the probability that it stood where it stood. Weighed by

    P(product at position | the policy asked about) / P(product at position | exploration)

the clicks say what that policy would have earned, as long as what a shopper does with a product
depends on the product, the position and the request, and not on its neighbours (the item-position
model; Li et al., 2018). No feature is used and no model trusted.

Not asked: later pages (nothing is drawn there) and pages the shopper sorted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from baihuo.core import NotFound, Query, Served, Surface, Unsupported
from baihuo.engine import Source, Tables
from baihuo.evaluate import LoggedRewards, PolicyValue, RewardModel, logged_value, policy_values
from baihuo.rank.frozen import exploration_of

LIVE, GREEDY, UNIFORM = "live", "greedy", "uniform"
POLICIES = {
    LIVE: "as it was served, exploration included",
    GREEDY: "the same order without exploration",
    UNIFORM: "a product drawn evenly from those that the random slot may bring up, at every position",
}
"""What can be asked about any shop; a bundle's id asks about that bundle's order."""

_REWARDS = {"click": "is_clicked = 1", "purchase": "gain = 3"}  # of train.impressions
_LEAST_EFFECTIVE = 100  # rows: the interval around fewer says less than it seems to
_BINS = np.array([1, 2, 3, 4, 6, 9, 13, 17, 25])  # positions that share a rate in the reward model


@dataclass(frozen=True, slots=True, eq=False)
class Placements:
    """Every placement of the pages that say something about exploration."""

    rows: pa.Table  # one a placement: _SCHEMA
    queries: Mapping[str, Query]  # of the pages, by query_id
    left_out: Mapping[str, int]  # why pages cannot be used, and how many

    @property
    def n_pages(self) -> int:
        return len(self.queries)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyReport:
    """What was estimated, and from what."""

    values: tuple[PolicyValue, ...]
    n_pages: int
    n_impressions: int
    left_out: Mapping[str, int]  # pages
    refused: Mapping[str, str] = field(default_factory=dict)  # policy → why the log cannot answer

    def to_json(self) -> dict[str, Any]:
        """As printed with ``--json``."""
        return {
            "n_pages": self.n_pages,
            "n_impressions": self.n_impressions,
            "left_out": dict(self.left_out),
            "values": [value.to_json() for value in self.values],
            "refused": dict(self.refused),
        }


_SCHEMA = pa.schema(
    [
        pa.field("query_id", pa.string()),
        pa.field("visitor_id", pa.string()),
        pa.field("surface", pa.string()),
        pa.field("product_id", pa.string()),
        pa.field("position", pa.int64()),  # 1 is the top
        pa.field("propensity", pa.float64()),
        pa.field("place", pa.int64()),  # 1-based place in the order without exploration
        pa.field("n_first", pa.int64()),  # positions of the page
        pa.field("n_reach", pa.int64()),  # products behind them that the random slot may bring up
    ]
)


def placements(pages: Iterable[Served]) -> Placements:
    """The placements of served first pages, with their place in the order before exploration."""
    columns: dict[str, list[Any]] = {name: [] for name in _SCHEMA.names}
    queries, left_out = dict[str, Query](), dict[str, int]()
    for served in pages:
        page, query = served.page, served.query
        why = _unusable_reason(served)
        n = int(page.extra.get("n_ranked", 0))
        if not why:
            exploration = exploration_of(page)
            drawn = exploration.explore(
                n, page_size=page.page_size, seed=int(page.extra["seed"]), query_id=page.query_id
            )
            at = np.array([placed.position for placed in page.placed], dtype=np.intp)
            at = at[at <= n]
            logged = np.array([placed.propensity for placed in page.placed[: len(at)]], float)
            if not np.allclose(drawn.propensity[at - 1], logged, rtol=0, atol=1e-9):
                why = "its draw cannot be repeated"
        if why:
            left_out[why] = left_out.get(why, 0) + 1
            continue
        queries[page.query_id] = query
        n_first = min(page.page_size, n)
        for placed in page.placed[: len(at)]:
            columns["query_id"].append(page.query_id)
            columns["visitor_id"].append(query.visitor_id)
            columns["surface"].append(page.surface)
            columns["product_id"].append(placed.product_id)
            columns["position"].append(placed.position)
            columns["propensity"].append(placed.propensity)
            columns["place"].append(int(drawn.order[placed.position - 1]) + 1)
            columns["n_first"].append(n_first)
            columns["n_reach"].append(min(exploration.reach, n - n_first))
    return Placements(pa.table(columns, schema=_SCHEMA), queries, left_out)


def _unusable_reason(served: Served) -> str:
    """Why a page says nothing of another order; empty where it does."""
    if served.page.page != 1:
        return "a later page"
    if not served.page.extra.get("is_explored", False):
        return "sorted by the shopper"
    if any(placed.propensity is None for placed in served.page.placed):
        return "a product was pinned"
    return "" if served.page.placed else "no product"


def seen_placements(
    tables: Tables, placed: Placements, impressions: Source, *, surface: str | None = None
) -> pa.Table:
    """The placements that came into view, each with its outcome: ``click`` and ``purchase``, 0 or 1.

    Args:
        impressions: What :func:`baihuo.train.impressions` wrote.
        surface: Only this one.

    Raises:
        NotFound: no impression of these pages is among the checked events.
    """
    rewards = ", ".join(f"CAST({rule} AS DOUBLE) AS {name}" for name, rule in _REWARDS.items())
    only = "" if surface is None else f"WHERE p.surface = '{Surface(surface)}'"
    rows = tables.sql(
        f"SELECT p.*, {rewards} FROM p JOIN i USING (query_id, product_id) {only} "
        "ORDER BY query_id, position",
        p=placed.rows,
        i=impressions,
    )
    if not rows.num_rows:
        raise NotFound(
            f"no impression of the {placed.n_pages} served pages is among the checked events",
            fix="send impression events with the page's query_id, wait for the attribution window "
            "to close, and run: baihuo check",
        )
    return rows


def policy_report(
    placed: Placements,
    rows: pa.Table,
    policies: Iterable[str],
    *,
    orders: Mapping[str, Callable[[pa.Table], pa.Table]] | None = None,
    seed: int = 0,
) -> PolicyReport:
    """Every policy's clicks and purchases an impression; one that the log cannot answer says why.

    Args:
        rows: What :func:`seen_placements` found.
        policies: Names of :data:`POLICIES`, or of ``orders``.
        orders: By name, what makes the column ``wanted`` of ``rows``: the product's position under
            that policy, 0 where it is not on the page; rows it cannot speak of are left out.
    """
    values: list[PolicyValue] = []
    refused: dict[str, str] = {}
    for policy in policies:
        try:
            values += _values(policy, rows, (orders or {}).get(policy), seed)
        except Unsupported as why:
            refused[policy] = f"{why.what}; {why.fix}"
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
            "no page of the log can answer: none is newer than the bundle, or none had products for "
            "exploration to bring up",
            fix="wait for more pages to be served, seen and checked",
        )
    visitors = rows.column("visitor_id").to_numpy(zero_copy_only=False).astype(str)
    found: list[PolicyValue] = []
    for reward in _REWARDS:
        rewards = _numbers(rows, reward)
        if reward != "click" and not rewards.any():
            continue  # nothing was bought: no estimate is better than a row of zeros
        if policy == LIVE:
            found.append(logged_value(reward, rewards, clusters=visitors, seed=seed))
            continue
        target, at_target = _target(policy, rows, is_order=order is not None)
        cell, n_cells = _cells(rows, _numbers(rows, "place") > _numbers(rows, "n_first"))
        model = RewardModel.fit(rewards, cell, n_cells, visitors)
        there, _ = _cells(rows, at_target)
        log = LoggedRewards(
            rewards=rewards,
            propensities=_numbers(rows, "propensity"),
            target=target,
            predicted=model.predict(cell),
            predicted_target=model.predict(there),
            clusters=visitors,
        )
        values = policy_values(policy, reward, log, seed=seed)
        if (worth := values[0].estimate.n_effective) < _LEAST_EFFECTIVE:
            raise Unsupported(
                f"the log is worth {worth:.0f} rows for this policy, and {_LEAST_EFFECTIVE} are the least",
                fix="wait for more pages, or raise serve.exploration.slot_probability in shop.yaml",
            )
        found += values
    return found


def _target(
    policy: str, rows: pa.Table, *, is_order: bool
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """P(placed here | policy), and whether the policy places a product of the reach here."""
    position, none = _numbers(rows, "position"), np.zeros(rows.num_rows, dtype=bool)
    if is_order:
        return (_numbers(rows, "wanted") == position).astype(np.float64), none
    if policy == UNIFORM:
        is_reach = _numbers(rows, "place") > _numbers(rows, "n_first")
        return is_reach / _numbers(rows, "n_reach"), ~none
    return (_numbers(rows, "place") == position).astype(np.float64), none


def _cells(rows: pa.Table, is_reach: NDArray[np.bool_]) -> tuple[NDArray[np.intp], int]:
    """The reward model's cell of each row: surface, position, and whether the product is of the reach."""
    surfaces, surface = np.unique(
        rows.column("surface").to_numpy(zero_copy_only=False).astype(str), return_inverse=True
    )
    at = np.searchsorted(_BINS, _numbers(rows, "position"), side="right") - 1
    cell = (surface.reshape(-1) * len(_BINS) + at) * 2 + is_reach
    return cell.astype(np.intp), 2 * len(surfaces) * len(_BINS)


def _numbers(rows: pa.Table, name: str) -> NDArray[np.float64]:
    return np.asarray(rows.column(name).to_numpy(), dtype=np.float64)
