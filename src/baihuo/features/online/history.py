"""A visitor's interactions with products, in serving."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.features.online.counters import Counters
from baihuo.features.online.pairs import Pairs
from baihuo.features.spec.plan import HISTORY, FeaturePlan


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """One visitor's products, each once, newest first.

    Rows are rows of the :class:`FeatureState`; times are when we received the last such event. Clicks and
    carts go back 90 days, purchases 365.
    """

    clicked_rows: NDArray[np.int32]
    clicked_at_us: NDArray[np.int64]
    carted_rows: NDArray[np.int32]
    carted_at_us: NDArray[np.int64]
    purchased_rows: NDArray[np.int32]
    purchased_at_us: NDArray[np.int64]
    purchased_n: NDArray[np.float64]  # purchases of each in the window
    purchased_weight: NDArray[np.float64]  # the same, with a half-life of 60 days
    purchased_weight_short: NDArray[np.float64]  # of 20 days
    purchased_weight_long: NDArray[np.float64]  # of 150 days
    purchased_units: NDArray[np.float64]  # quantities in the window, summed
    at_us: int

    @classmethod
    def read(
        cls,
        plan: FeaturePlan,
        counters: Sequence[Counters],
        pairs: Sequence[Pairs | None],
        *,
        visitor: int,
        at_us: int,
    ) -> History:
        """Read from the block of visitors and products.

        Args:
            counters, pairs: of each block of the plan.
            visitor: code of the visitor; 0: unknown.
        """
        b, _ = plan.column_of(HISTORY[0])
        visitor_products = pairs[b]
        assert visitor_products is not None
        rows, slots = visitor_products.codes_and_slots(visitor)
        if not len(rows):
            return _nothing(at_us)
        columns = [plan.column_of(one)[1] for one in HISTORY]
        values = counters[b].read(slots, at_us)[:, columns]
        times = counters[b].totals[slots][:, columns[:3]].astype(np.int64)
        orders = []
        for j in range(3):
            seen = np.flatnonzero(values[:, j] < HISTORY[j].never)
            orders.append(seen[np.argsort(-times[seen, j], kind="stable")])
        clicked, carted, purchased = orders
        return cls(
            clicked_rows=rows[clicked],
            clicked_at_us=times[clicked, 0],
            carted_rows=rows[carted],
            carted_at_us=times[carted, 1],
            purchased_rows=rows[purchased],
            purchased_at_us=times[purchased, 2],
            purchased_n=values[purchased, 3],
            purchased_weight=values[purchased, 4],
            purchased_weight_short=values[purchased, 5],
            purchased_weight_long=values[purchased, 6],
            purchased_units=values[purchased, 7],
            at_us=at_us,
        )

    @property
    def is_empty(self) -> bool:
        """Return whether nothing is known: the page falls back to popular products."""
        return not (len(self.clicked_rows) or len(self.carted_rows) or len(self.purchased_rows))

    @property
    def n_purchases(self) -> int:
        return int(self.purchased_n.sum())

    @property
    def state_rows(self) -> NDArray[np.int32]:
        """Return every product of the history, the latest first."""
        rows = np.concatenate([self.clicked_rows, self.carted_rows, self.purchased_rows])
        times = np.concatenate([self.clicked_at_us, self.carted_at_us, self.purchased_at_us])
        newest_first: NDArray[np.int32] = rows[np.argsort(-times, kind="stable")]
        _, first = np.unique(newest_first, return_index=True)
        return newest_first[np.sort(first)]


def _nothing(at_us: int) -> History:
    rows, times, numbers = np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0)
    return History(*(rows, times) * 3, *(numbers,) * 5, at_us)
