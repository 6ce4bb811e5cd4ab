"""Scores of every product for visitors who viewed and bought nothing yet."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from baihuo.core import VisitorBasics
from baihuo.features import TOP_OF_SEARCH
from baihuo.index import Generation
from baihuo.models import NewcomerOrder
from baihuo.rank.popularity_index import PopularityIndex, PopularitySnapshot

Floats = NDArray[np.float64]
_NONE = np.empty(0, np.int32)


@dataclass(slots=True, eq=False)
class NewcomerScores:
    """The newcomer model applied to current products and popularity. Thread-safe: the cache is one assignment."""

    order: NewcomerOrder
    generation: Generation
    popularity_index: PopularityIndex
    _cached: tuple[PopularitySnapshot, Floats] | None = field(default=None)

    def of(
        self, basics: VisitorBasics, at_us: int, *, searched: NDArray[np.int32] = _NONE
    ) -> tuple[NDArray[np.int32], Floats]:
        """Return the rows for sale and their scores, unordered.

        Args:
            basics, at_us: Of the visitor, and of the page.
            searched: Index rows of products at the top of the visitor's searches; -1: no longer indexed.
        """
        snapshot = self.popularity_index.snapshot()
        by_product = self._by_product(snapshot)
        rows = snapshot.best
        names = self.generation.snapshot.category_names
        by_category = self.order.category_scores(names, basics, at_us)
        by_category = np.append(by_category, 0.0)  # -1: without a category
        codes = self.generation.snapshot.category_code
        by_category += _log_shares(codes[searched[searched >= 0]], len(by_category))
        return rows, by_product[rows] + by_category[codes[rows]]

    def _by_product(self, snapshot: PopularitySnapshot) -> Floats:
        cached = self._cached
        if cached is not None and cached[0] is snapshot:
            return cached[1]
        ids = self.generation.product_ids[: len(snapshot.popularity)].tolist()
        scores = self.order.product_scores(self.order.appeal_of(ids), snapshot.popularity)
        self._cached = (snapshot, scores)
        return scores


def _log_shares(codes: NDArray[np.int32], n_categories: int) -> Floats:
    """``[n_categories]``: log of each one's share of what was searched for, as if one search had been for all of them; 0 without
    searches. ``codes``: of products; -1 is the last category."""
    if not len(codes):
        return np.zeros(n_categories)
    counts = np.bincount(codes % n_categories, minlength=n_categories)
    return np.asarray(
        np.log((counts + TOP_OF_SEARCH / n_categories) / (len(codes) + TOP_OF_SEARCH))
    )
