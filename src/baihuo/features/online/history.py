"""What one visitor did with which products, as serving remembers it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


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
    purchased_n: NDArray[np.float64]  # how often each was bought in the window
    purchased_weight: NDArray[np.float64]  # the same, with a half-life of 60 days
    at_us: int

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known: the page falls back to what is popular."""
        return not (len(self.clicked_rows) or len(self.carted_rows) or len(self.purchased_rows))

    @property
    def n_purchases(self) -> int:
        return int(self.purchased_n.sum())

    @property
    def state_rows(self) -> NDArray[np.int32]:
        """Every product of the history, the one touched last first."""
        rows = np.concatenate([self.clicked_rows, self.carted_rows, self.purchased_rows])
        times = np.concatenate([self.clicked_at_us, self.carted_at_us, self.purchased_at_us])
        _, first = np.unique(rows[np.argsort(-times, kind="stable")], return_index=True)
        ordered: NDArray[np.int32] = rows[np.argsort(-times, kind="stable")][np.sort(first)]
        return ordered
