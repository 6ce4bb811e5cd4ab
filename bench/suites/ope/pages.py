"""Served pages: baihuo's own exploration over the order of a simulated shop, and clicks of its shoppers."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from baihuo.monitor.placements import Placements
from baihuo.monitor.policies import policy_report
from baihuo.rank import Exploration
from baihuo.simulate import make_shop
from baihuo.simulate.clicks import DECAY, look
from suites.ope.world import Run, World

Floats = NDArray[np.float64]

_DEVICES = tuple(DECAY)
_PAGE_SIZE, _N_RANKED = 12, 60
_EXPLORATION = Exploration(swap_probability=0.2, slot_probability=0.4, reach=_N_RANKED - _PAGE_SIZE)
_N_VISITORS, _N_PAGES = 250, 3  # a run


@dataclass(frozen=True, eq=False)
class Pages:
    """Pages of visitors who each see several; the order is the shop's, the same for all."""

    name: str
    policy: str  # greedy or uniform
    click_model: str  # position or cascade
    attraction: Floats  # [people, ranked products], P(click, once looked at)
    logged_by: str = "explored"

    @cached_property
    def truth(self) -> float:
        if self.policy == "greedy":
            return float(np.mean([self._p_clicks(a[:_PAGE_SIZE]) for a in self.attraction]))
        # Uniform at every position on its own: the mean appeal of what the slot may show.
        first = np.arange(1.0, _PAGE_SIZE + 1)
        seen = np.mean([first ** -DECAY[device] for device in _DEVICES], axis=0)
        return float(self.attraction[:, _PAGE_SIZE:].mean() * seen.mean())

    @cached_property
    def truth_of_log(self) -> float:
        """Over 20,000 draws of exploration, so to half a percent: only the gain needs it."""
        rng = np.random.default_rng(1)
        people = rng.integers(len(self.attraction), size=20_000)
        pairs = zip(people, _drawn()[0], strict=False)
        return float(np.mean([self._p_clicks(self.attraction[who][order]) for who, order in pairs]))

    def _p_clicks(self, attraction: Floats) -> Floats:
        """``[devices, positions]``: P(click), by the simulator."""
        listed = attraction.tolist()
        return np.array(
            [look(self.click_model, d, listed, random.Random(0)).p_click for d in _DEVICES]
        )

    def run(self, rng: np.random.Generator) -> Run:
        people = rng.integers(len(self.attraction), size=_N_VISITORS)
        visitor = np.repeat(np.arange(_N_VISITORS), _N_PAGES)
        orders, propensities = _drawn()
        page = rng.integers(len(orders), size=len(visitor))
        order, propensity = orders[page], propensities[page]
        appeal = self.attraction[people[visitor][:, None], order]
        dice = random.Random(int(rng.integers(1 << 62)))
        devices = dice.choices(_DEVICES, k=len(visitor))
        clicks = np.array(
            [
                look(self.click_model, d, a, dice).is_clicked
                for d, a in zip(devices, appeal.tolist(), strict=True)
            ],
            dtype=np.float64,
        )
        rows = _rows(visitor, order, propensity, clicks)
        report = policy_report(Placements(rows, {}, {}), rows, [self.policy])
        terms = self._target(order) / propensity * clicks
        return Run(list(report.values) or None, terms.ravel(), np.repeat(visitor, _PAGE_SIZE))

    def _target(self, order: NDArray[np.intp]) -> Floats:
        """``[pages, positions]``: P(placed here | policy)."""
        if self.policy == "uniform":
            return np.where(order >= _PAGE_SIZE, 1.0 / (_N_RANKED - _PAGE_SIZE), 0.0)
        return np.where(order == np.arange(_PAGE_SIZE), 1.0, 0.0)


@cache
def _drawn() -> tuple[NDArray[np.intp], Floats]:
    """Explored orders and propensities, ``[pages, positions]``: many more than a run takes of them."""
    drawn = [
        _EXPLORATION.explore(_N_RANKED, page_size=_PAGE_SIZE, seed=0, query_id=str(n))
        for n in range(40_000)
    ]
    return (
        np.stack([d.order[:_PAGE_SIZE] for d in drawn]),
        np.stack([d.propensity[:_PAGE_SIZE] for d in drawn]),
    )


def _rows(
    visitor: NDArray[np.intp], order: NDArray[np.intp], propensity: Floats, clicks: Floats
) -> pa.Table:
    """One row a placement, as of :func:`baihuo.monitor.placements.seen_placements`; everything was seen."""
    n_pages, n = order.shape
    return pa.table(
        {
            "visitor_id": np.repeat(visitor, n).astype(str),
            "surface": ["home"] * (n_pages * n),
            "position": np.tile(np.arange(1, n + 1), n_pages),
            "propensity": propensity.ravel(),
            "base_rank": order.ravel() + 1,
            "n_first": np.full(n_pages * n, n),
            "n_reach": np.full(n_pages * n, _N_RANKED - n),
            "click": clicks.ravel(),
            "purchase": np.zeros(n_pages * n),
        }
    )


def page_worlds(work: Path, seed: int) -> Iterable[World]:
    """The taste of every person of a simulated shop for the products of its home page, most popular first."""
    shop = make_shop(work / "shop", seed=seed, n_products=600, n_events=3_000)
    tastes = pq.read_table(shop.truth / "tastes.parquet", columns=["p"])
    liked = np.array(tastes.column("p").to_pylist(), dtype=np.float64)
    ranked = np.argsort(-liked.mean(axis=0), kind="stable")[:_N_RANKED]
    # A shop's order is not the true one: neighbours and more are exchanged.
    ranked = ranked[np.argsort(np.arange(_N_RANKED) + _luck(seed), kind="stable")]
    attraction = liked[:, ranked]
    for policy in ("greedy", "uniform"):
        yield Pages("pages", policy, "position", attraction)
    yield Pages("pages, cascade", "greedy", "cascade", attraction)


def _luck(seed: int) -> Floats:
    return np.random.default_rng(seed).normal(0, 8, _N_RANKED)
