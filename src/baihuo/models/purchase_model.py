"""Evidence and the two rankers over it: everything bought, and new products only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.models.baskets import Baskets
from baihuo.models.evidence import Evidence, Look

HOME, DISCOVER = "home", "discover"
_CELLS = 6_000_000  # of [visitors, products] at one time


@dataclass(frozen=True, slots=True)
class PurchaseModel:
    """Candidates of :class:`Evidence`, ordered by a LightGBM ranker.

    ``rankers`` holds a ``lightgbm.Booster`` for ``home`` and one for ``discover``; without them
    (too short a history to learn from) EASE and own purchases order.
    """

    evidence: Evidence
    rankers: dict[str, Any]

    def rank_pairs(
        self, look: Look, visitor: NDArray[np.int32], product: NDArray[np.int32], *, mode: str
    ) -> NDArray[np.float64]:
        """A score for each pair: comparable within a visitor only."""
        features = self.evidence.features(look, visitor, product)
        return self.rank_features(features, mode=mode)

    def rank_features(self, features: NDArray[np.float32], *, mode: str) -> NDArray[np.float64]:
        """The same over rows of :data:`baihuo.models.evidence.FEATURES`."""
        if not len(features):
            return np.zeros(0)
        return np.asarray(self.rankers[mode].predict(features, num_threads=1), dtype=np.float64)

    def scores(self, baskets: Baskets, *, at_us: int, mode: str = HOME) -> NDArray[np.float32]:
        """``[visitors, products]``: ``-inf`` for what is not a candidate of that visitor."""
        answer = np.full((baskets.n_visitors, self.evidence.n_products), -np.inf, np.float32)
        for start, batch in batches(baskets, self.evidence.n_products):
            look = self.evidence.look(batch, at_us=at_us)
            visitor, product = self.evidence.candidates(look)
            answer[start + visitor, product] = self.rank_pairs(look, visitor, product, mode=mode)
        return answer


def batches(baskets: Baskets, n_products: int) -> Iterator[tuple[int, Baskets]]:
    """Visitors in turn, so few at a time that their dense scores fit in memory."""
    size = max(16, _CELLS // max(1, n_products))
    for start in range(0, baskets.n_visitors, size):
        stop = min(start + size, baskets.n_visitors)
        yield start, baskets.of(np.arange(start, stop, dtype=np.int32))


def load_ranker(path: Path) -> Any:
    """A LightGBM ranker from its text file."""
    import lightgbm

    return lightgbm.Booster(model_file=str(path))
