"""A log of single placements whose P(click) is a table of positions and items."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Unsupported
from baihuo.evaluate import log_values
from suites.ope.world import Run, World

Floats = NDArray[np.float64]

_SHARE_OF = 1_000  # placements in the other policy's log at each position: its shares are exact


@dataclass(frozen=True, eq=False)
class Placements:
    """One row a placement; positions are equally frequent."""

    name: str
    logged_by: str
    policy: str
    n_rows: int
    p_click: Floats  # [positions, items]
    logging: Floats  # [positions, items], sums to 1 over items
    counts: NDArray[np.int64]  # [positions, items], of the policy: sums to _SHARE_OF over items

    @property
    def truth(self) -> float:
        return float((self.p_click * self.counts / _SHARE_OF).sum(axis=1).mean())

    @property
    def truth_of_log(self) -> float:
        return float((self.p_click * self.logging).sum(axis=1).mean())

    @cached_property
    def _other(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """The policy as a log in which each item stands as often as it should."""
        position, item = np.nonzero(self.counts)
        times = self.counts[position, item]
        return np.repeat(item, times), np.repeat(position, times)

    def run(self, rng: np.random.Generator) -> Run:
        n_positions, n_items = self.p_click.shape
        position = rng.integers(n_positions, size=self.n_rows)
        # Position 1 draws from 1 to 2, so that one sorted list serves all of them.
        ends = (np.cumsum(self.logging, axis=1) + np.arange(n_positions)[:, None]).ravel()
        found = np.searchsorted(ends, position + rng.random(self.n_rows))
        item = np.clip(found - position * n_items, 0, n_items - 1)
        clicks = (rng.random(self.n_rows) < self.p_click[position, item]).astype(np.float64)
        chances = self.logging[position, item]
        weights = self.counts[position, item] / _SHARE_OF / chances
        try:
            values = log_values(
                item, position, clicks, chances, policy=self.policy, other=self._other
            )
        except Unsupported:
            return Run(None, weights * clicks, None)
        return Run(values, weights * clicks, None)


def placement_worlds(seed: int) -> list[World]:
    """Rare clicks both ways, a policy that doubles them, and common ones."""
    rng = np.random.default_rng(seed)
    # As bts and random: an effective sample size of a quarter of the rows, weights up to about 10.
    p_click, counts = _world(rng, 3, 80, rate=0.004, sharp=0.55, errors=1.15)
    doubled, sharp_counts = _world(rng, 3, 80, rate=0.004, sharp=1.0, errors=0.5)
    common, common_counts = _world(rng, 3, 34, rate=0.08, sharp=1.0, errors=0.5)
    return [
        Placements("rare clicks", "random", "learned", 10_000, p_click, _even(p_click), counts),
        Placements(
            "rare clicks", "learned", "random", 10_000, p_click, _mixed(counts), _count(p_click)
        ),
        Placements(
            "rare clicks, doubled",
            "random",
            "learned",
            10_000,
            doubled,
            _even(doubled),
            sharp_counts,
        ),
        Placements(
            "common clicks", "random", "learned", 2_000, common, _even(common), common_counts
        ),
    ]


def _world(
    rng: np.random.Generator,
    n_positions: int,
    n_items: int,
    *,
    rate: float,
    sharp: float,
    errors: float,
) -> tuple[Floats, NDArray[np.int64]]:
    """P(click), and how often a policy that learned the items' appeal with errors places each of them."""
    appeal = rng.gamma(2.0, size=n_items)
    seen = 1.0 / np.arange(1, n_positions + 1) ** 0.3
    p_click = appeal * seen[:, None]
    p_click = np.minimum(p_click * rate / p_click.mean(), 1.0)
    guess = sharp * appeal / appeal.mean() + errors * rng.standard_normal((n_positions, n_items))
    likes = np.exp(guess)
    return p_click, _rounded(likes / likes.sum(axis=1, keepdims=True))


def _rounded(share: Floats) -> NDArray[np.int64]:
    """Whole placements of ``_SHARE_OF``: the largest remainders are rounded up."""
    counts = np.floor(share * _SHARE_OF).astype(np.int64)
    for row, wanted in zip(counts, share * _SHARE_OF, strict=True):
        missing = _SHARE_OF - int(row.sum())
        row[np.argsort(row - wanted, kind="stable")[:missing]] += 1
    return counts


def _even(p_click: Floats) -> Floats:
    return np.full(p_click.shape, 1.0 / p_click.shape[1])


def _count(p_click: Floats) -> NDArray[np.int64]:
    return _rounded(_even(p_click))


def _mixed(counts: NDArray[np.int64]) -> Floats:
    """The policy as one that logs: it sharpens what it likes, and tries everything now and then."""
    likes = (counts / _SHARE_OF) ** 1.5 + 1e-5
    return np.asarray(likes / likes.sum(axis=1, keepdims=True), dtype=np.float64)
