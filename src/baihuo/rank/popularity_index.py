"""Popular and new products: one order for all visitors, refreshed in the background."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.features import FeatureState
from baihuo.index import Generation

_WEIGHTS = {  # weights of decayed counts: a purchase counts more than a click
    "product_clicks_decayed": 1.0,
    "product_purchases_decayed": 5.0,
}
LEAST_POPULAR = 0.5
"""Least popularity of the reason "popular": a click within its half-life of three days, or a purchase within six weeks. Older events leave
less."""
_CHUNK = 1_000  # rows read at once under the lock of the state, so that requests are not blocked for long


@dataclass(frozen=True, slots=True)
class PopularitySnapshot:
    """A score for each index row, and the rows in order."""

    popularity: NDArray[np.float64]  # [rows] decayed clicks and purchases, 0: none
    best: NDArray[np.int32]  # all rows for sale, most popular first
    newest: NDArray[np.int32]  # newest rows first
    created_at_s: float


class PopularityIndex:
    """Popularity of every product. Without any events, new products with complete data come first."""

    def __init__(
        self, generation: Generation, state: FeatureState, *, refresh_s: float = 30.0
    ) -> None:
        self._generation, self._state, self._refresh_s = generation, state, refresh_s
        self._refreshing = threading.Lock()
        self._snapshot = self._new_snapshot()

    def snapshot(self) -> PopularitySnapshot:
        """The last snapshot; an outdated one is returned while a new one is built in the background."""
        snapshot = self._snapshot
        if time.monotonic() - snapshot.created_at_s > self._refresh_s:
            self.refresh(wait=False)
        return snapshot

    def refresh(self, *, wait: bool = True) -> None:
        """Build a new snapshot, in a thread unless ``wait``; only one at a time."""
        if not self._refreshing.acquire(blocking=wait):
            return
        if wait:
            self._replace()
        else:
            threading.Thread(target=self._replace, name="popularity-index", daemon=True).start()

    def _replace(self) -> None:
        try:
            self._snapshot = self._new_snapshot()
        finally:
            self._refreshing.release()

    def _new_snapshot(self) -> PopularitySnapshot:
        index_snapshot = self._generation.snapshot
        released = index_snapshot.released_at_us
        popularity = self._popularity(index_snapshot.product_ids.tolist())
        complete = (index_snapshot.brand_code >= 0).astype(np.int64) + (
            index_snapshot.category_code >= 0
        )
        rows = np.flatnonzero(
            index_snapshot.is_live
            & (index_snapshot.price_minor >= 0)
            & (index_snapshot.stock_units != 0)
        )
        # lexsort sorts by the last key first: popular, complete, new, index order.
        sort_keys = (rows, -released[rows], -complete[rows], -popularity[rows])
        newest = rows[np.lexsort((-rows, -released[rows]))]
        return PopularitySnapshot(
            popularity,
            rows[np.lexsort(sort_keys)].astype(np.int32),
            newest[:500].astype(np.int32),
            time.monotonic(),
        )

    def _popularity(self, product_ids: list[str]) -> NDArray[np.float64]:
        names = self._state.features.names
        wanted = [(names.index(c), w) for c, w in _WEIGHTS.items() if c in names]
        popularity = np.zeros(len(product_ids))
        if not wanted:
            return popularity
        for start in range(0, len(product_ids), _CHUNK):
            rows = self._state.rows_of(product_ids[start : start + _CHUNK])
            values = self._state.matrix("", rows, at_us=self._state.at_us)
            popularity[start : start + _CHUNK] = sum(w * values[:, c] for c, w in wanted)
        return popularity
