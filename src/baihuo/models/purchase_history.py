"""Visitors' purchases as six numbers for each product: count, recency, three decayed counts, units. The same as serving's
:class:`baihuo.features.History`, so that a model trained on :meth:`PurchaseHistory.from_baskets` reads equal numbers on a page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from baihuo.core import (
    PURCHASE_HALF_LIFE_DAYS,
    PURCHASE_LONG_HALF_LIFE_DAYS,
    PURCHASE_SHORT_HALF_LIFE_DAYS,
    PURCHASES_REMEMBERED_DAYS,
)
from baihuo.models.baskets import Baskets

HISTORY_COLUMNS = (
    "bought_n",
    "bought_last_days",
    "bought_fading",
    "bought_share",
    "bought_between_days",
    "bought_due",
    "bought_before_last_days",
    "bought_last_visit",
    "bought_visits_ago",
    "bought_lately",
    "bought_long",
    "bought_units",
    "bought_units_a_time",
    "bought_fading_rank",
    "bought_lately_rank",
    "bought_long_rank",
)
_NONE_IS_ZERO = ("bought_n", "bought_fading", "bought_share", "bought_last_visit")  # others: NaN
_VISITOR = 100_000  # more days than a log has
VISITOR_COLUMNS = (
    "visitor_lines",
    "visitor_products",
    "visitor_days",
    "visitor_last_days",
    "visitor_oldest_days",
    "visitor_between_days",
    "visitor_repeats",
    "visitor_basket",
    "visitor_fading",
)


@dataclass(frozen=True, slots=True)
class PurchaseHistory:
    """An entry for each (visitor, product), ordered by both.

    ``n`` lines bought within a year, ``last_days`` since the last of them, ``decayed`` the same lines
    each halved every 60 days; ``decayed_short`` every 20, ``decayed_long`` every 150; ``units`` their quantities, summed.
    """

    visitor: NDArray[np.int32]
    product: NDArray[np.int32]
    n: NDArray[np.float64]
    last_days: NDArray[np.float64]
    decayed: NDArray[np.float64]
    decayed_short: NDArray[np.float64]
    decayed_long: NDArray[np.float64]
    units: NDArray[np.float64]
    n_visitors: int
    n_products: int

    @classmethod
    def from_baskets(cls, baskets: Baskets, *, at_us: int) -> PurchaseHistory:
        """Return the history just before ``at_us``."""
        past = baskets.before(at_us)
        past = past.take(past.age_days(at_us) <= PURCHASES_REMEMBERED_DAYS)
        age = past.age_days(at_us)
        keys = past.visitor.astype(np.int64) * max(1, past.n_products) + past.product
        pair, at = np.unique(keys, return_inverse=True)
        last = np.full(len(pair), np.inf)
        np.minimum.at(last, at, age)

        def summed(weights: NDArray[Any] | None = None) -> NDArray[np.float64]:
            return np.bincount(at, weights, minlength=len(pair)).astype(np.float64)

        return cls(
            (pair // max(1, past.n_products)).astype(np.int32),
            (pair % max(1, past.n_products)).astype(np.int32),
            summed(),
            last,
            summed(np.exp2(-age / PURCHASE_HALF_LIFE_DAYS)),
            summed(np.exp2(-age / PURCHASE_SHORT_HALF_LIFE_DAYS)),
            summed(np.exp2(-age / PURCHASE_LONG_HALF_LIFE_DAYS)),
            summed(past.quantity),
            past.n_visitors,
            past.n_products,
        )

    def matrix(self, values: NDArray[Any] | None = None) -> scipy.sparse.csr_matrix:
        """``[visitors, products]`` of ``values``, one an entry; None: ones."""
        data = np.ones(len(self.n), np.float32) if values is None else values.astype(np.float32)
        return scipy.sparse.csr_matrix(
            (data, (self.visitor, self.product)), shape=(self.n_visitors, self.n_products)
        )

    def visitor_columns(self) -> dict[str, NDArray[np.float64]]:
        """Return ``VISITOR_COLUMNS``, each ``[visitors]``; NaN without purchases."""
        n = self.n_visitors
        lines = np.bincount(self.visitor, self.n, minlength=n)
        products = np.bincount(self.visitor, minlength=n).astype(np.float64)
        visits = np.unique(_visit_keys(self.visitor, self.last_days)) // _VISITOR
        days = np.bincount(visits, minlength=n).astype(np.float64)
        newest, oldest = np.full(n, np.nan), np.full(n, np.nan)
        np.fmin.at(newest, self.visitor, self.last_days)
        np.fmax.at(oldest, self.visitor, self.last_days)
        return {
            "visitor_lines": lines,
            "visitor_products": products,
            "visitor_days": days,
            "visitor_last_days": newest,
            "visitor_oldest_days": oldest,
            "visitor_between_days": over(oldest - newest, days - 1),
            "visitor_repeats": 1.0 - over(products, lines),
            "visitor_basket": over(lines, days),
            "visitor_fading": np.bincount(self.visitor, self.decayed, minlength=n),
        }

    def usual(self, by_product: NDArray[Any]) -> NDArray[np.float64]:
        """Return ``[visitors]``: the mean of ``by_product`` over each visitor's purchases; NaN: unknown."""
        values = by_product[self.product].astype(np.float64)
        is_known = ~np.isnan(values)
        visitor = self.visitor[is_known]
        sums = np.bincount(visitor, values[is_known], minlength=self.n_visitors)
        return over(sums, np.bincount(visitor, minlength=self.n_visitors))

    def pair_columns(
        self, visitor: NDArray[np.int32], product: NDArray[np.int32]
    ) -> dict[str, NDArray[np.float64]]:
        """``HISTORY_COLUMNS`` of pairs; 0 or NaN where never bought.

        The time between two purchases is computed from ``n``, ``last_days`` and ``decayed``, as if
        they were evenly spaced; ``bought_due`` is the time since the last one in units of it.
        """
        known = self.visitor.astype(np.int64) * self.n_products + self.product
        wanted = visitor.astype(np.int64) * self.n_products + product
        position = np.searchsorted(known, wanted)
        position[position == len(known)] = 0
        is_known = known[position] == wanted if len(known) else np.zeros(len(wanted), dtype=bool)

        def of_pairs(values: NDArray[Any], missing: float) -> NDArray[np.float64]:
            column = np.full(len(wanted), missing)
            column[is_known] = values[position[is_known]]
            return column

        return {
            name: of_pairs(values, 0.0 if name in _NONE_IS_ZERO else np.nan)
            for name, values in {**self._between(), **self._ranks_among_purchases()}.items()
        }

    def _between(self) -> dict[str, NDArray[np.float64]]:
        """Return frequency and recency of each, ``[entries]``."""
        others = np.maximum(self.n - 1, 1)
        weight = np.clip(
            (self.decayed - np.exp2(-self.last_days / PURCHASE_HALF_LIFE_DAYS)) / others, 1e-9, 1
        )
        mean_age = np.maximum(-PURCHASE_HALF_LIFE_DAYS * np.log2(weight), self.last_days)
        between = np.where(self.n > 1, 2 * (mean_age - self.last_days) / self.n, np.nan)
        newest = np.full(self.n_visitors, np.nan)
        np.fmin.at(newest, self.visitor, self.last_days)
        lines = np.bincount(self.visitor, self.n, minlength=self.n_visitors)
        before_last = self.last_days - newest[self.visitor]
        return {
            "bought_n": self.n,
            "bought_last_days": self.last_days,
            "bought_fading": self.decayed,
            "bought_share": over(self.n, lines[self.visitor]),
            "bought_between_days": between,
            "bought_due": self.last_days / (between + 1.0),
            "bought_before_last_days": before_last,
            "bought_last_visit": (before_last < 1).astype(np.float64),
        }

    def _ranks_among_purchases(self) -> dict[str, NDArray[np.float64]]:
        """Return other ages and quantities, and ranks among the visitor's products, ``[entries]``."""
        visits = np.unique(_visit_keys(self.visitor, self.last_days))
        before = np.searchsorted(visits, np.arange(self.n_visitors) * _VISITOR)
        at = np.searchsorted(visits, _visit_keys(self.visitor, self.last_days))
        return {
            "bought_visits_ago": (at - before[self.visitor]).astype(np.float64),
            "bought_lately": self.decayed_short,
            "bought_long": self.decayed_long,
            "bought_units": np.log1p(self.units),
            "bought_units_a_time": np.log1p(over(self.units, self.n)),
            "bought_fading_rank": _rank(self.visitor, self.decayed),
            "bought_lately_rank": _rank(self.visitor, self.decayed_short),
            "bought_long_rank": _rank(self.visitor, self.decayed_long),
        }


def _visit_keys(visitor: NDArray[np.int32], last_days: NDArray[np.float64]) -> NDArray[np.int64]:
    """A number for each visitor's day, the newest of a visitor first."""
    return visitor.astype(np.int64) * _VISITOR + np.floor(last_days).astype(np.int64)


def _rank(visitor: NDArray[np.int32], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """``log(1 + how many entries of the same visitor are larger)``; values equal up to rounding tie."""
    values = np.round(values, 4)
    order = np.lexsort((-values, visitor))
    is_first = np.diff(visitor[order], prepend=-1) != 0
    is_lower = is_first | (np.diff(values[order], prepend=np.inf) != 0)
    at = np.arange(len(order))
    larger = np.maximum.accumulate(np.where(is_lower, at, 0))
    larger -= np.maximum.accumulate(np.where(is_first, at, 0))
    rank = np.empty(len(order))
    rank[order] = np.log1p(larger)
    return rank


def over(above: NDArray[Any], below: NDArray[Any]) -> NDArray[np.float64]:
    """Elementwise quotient, NaN where ``below`` is not positive."""
    is_positive = below > 0
    return np.where(is_positive, above / np.where(is_positive, below, 1), np.nan)
