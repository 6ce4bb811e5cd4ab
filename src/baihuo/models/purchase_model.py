"""Candidate features and the two rankers over them: all products, and new products only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.models.baskets import Baskets
from baihuo.models.candidate_features import CANDIDATE_FEATURES, CandidateFeatures
from baihuo.models.contract import ChosenModel
from baihuo.models.purchase_history import PurchaseHistory

HOME_MODE, DISCOVER_MODE = "home", "discover"
PURCHASE_MODES = (HOME_MODE, DISCOVER_MODE)
_CELLS = 6_000_000  # of [visitors, products] at one time


@dataclass(frozen=True, slots=True)
class PurchaseModel:
    """Candidates of :class:`CandidateFeatures`, ordered by a registered model of purchases.

    A mode may have no model: the history was too short to learn from. Then what was bought before
    and EASE order.
    """

    candidate_features: CandidateFeatures
    rankers: Mapping[str, ChosenModel]  # by mode

    def score_features(self, features: NDArray[np.float32], *, mode: str) -> NDArray[np.float64]:
        """A score for each row of :data:`CANDIDATE_FEATURES`: comparable within a visitor only."""
        if (ranker := self.rankers.get(mode)) is not None:
            return ranker.scores(features, CANDIDATE_FEATURES)
        repeat = features[:, CANDIDATE_FEATURES.index("bought_fading")].astype(np.float64)
        ease = features[:, CANDIDATE_FEATURES.index("ease")].astype(np.float64)
        return ease if mode == DISCOVER_MODE else repeat + ease

    def scores(self, baskets: Baskets, *, at_us: int, mode: str = HOME_MODE) -> NDArray[np.float32]:
        """``[visitors, products]``: ``-inf`` for what is not a candidate of that visitor."""
        scores = np.full(
            (baskets.n_visitors, self.candidate_features.n_products), -np.inf, np.float32
        )
        for start, batch in visitor_batches(baskets, self.candidate_features.n_products):
            scored = self.candidate_features.score_products(
                PurchaseHistory.from_baskets(batch, at_us=at_us)
            )
            visitor, product = self.candidate_features.candidates(scored)
            features = self.candidate_features.features(scored, visitor, product)
            scores[start + visitor, product] = self.score_features(features, mode=mode)
        return scores


def visitor_batches(baskets: Baskets, n_products: int) -> Iterator[tuple[int, Baskets]]:
    """Batches of visitors, so few at a time that their dense scores fit in memory."""
    size = max(16, _CELLS // max(1, n_products))
    for start in range(0, baskets.n_visitors, size):
        stop = min(start + size, baskets.n_visitors)
        yield start, baskets.for_visitors(np.arange(start, stop, dtype=np.int32))
