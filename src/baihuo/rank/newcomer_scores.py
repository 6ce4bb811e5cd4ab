"""Scores of every product for new visitors."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from baihuo.core import VisitorBasics
from baihuo.index import Generation
from baihuo.models import NewcomerOrder
from baihuo.rank.popularity_index import PopularityIndex, PopularitySnapshot

Floats = NDArray[np.float64]


@dataclass(slots=True, eq=False)
class NewcomerScores:
    """The newcomer model applied to current products and popularity. Thread-safe: the cache is one assignment."""

    order: NewcomerOrder
    generation: Generation
    popularity_index: PopularityIndex
    _cached: tuple[PopularitySnapshot, Floats] | None = field(default=None)

    def of(self, basics: VisitorBasics, at_us: int) -> tuple[NDArray[np.int32], Floats]:
        """Return the rows for sale and their scores, unordered."""
        snapshot = self.popularity_index.snapshot()
        by_product = self._by_product(snapshot)
        rows = snapshot.best
        names = self.generation.snapshot.category_names
        by_category = self.order.category_scores(names, basics, at_us)
        codes = self.generation.snapshot.category_code[rows]
        added = np.append(by_category, 0.0)[codes]  # -1: without a category
        return rows, by_product[rows] + added

    def _by_product(self, snapshot: PopularitySnapshot) -> Floats:
        cached = self._cached
        if cached is not None and cached[0] is snapshot:
            return cached[1]
        ids = self.generation.product_ids[: len(snapshot.popularity)].tolist()
        scores = self.order.product_scores(self.order.appeal_of(ids), snapshot.popularity)
        self._cached = (snapshot, scores)
        return scores
