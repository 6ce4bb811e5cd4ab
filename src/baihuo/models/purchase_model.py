"""Candidate features and the two rankers over them: all products, and new products only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.models.baskets import Baskets
from baihuo.models.candidate_features import CANDIDATE_FEATURES, CandidateFeatures
from baihuo.models.contract import ChosenModel
from baihuo.models.purchase_history import PurchaseHistory

HOME_MODE, DISCOVER_MODE = "home", "discover"
PURCHASE_MODES = (HOME_MODE, DISCOVER_MODE)
PURCHASE_SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "purchase_ranker": {"objectives": ("binary", "softmax")}
}
"""Settings by registered model that differ from its defaults."""
N_RANKED = 120  # candidates of a visitor with full scores: several pages
_CELLS = 6_000_000  # of [visitors, products] at one time


@dataclass(frozen=True, slots=True)
class PurchaseModel:
    """Candidates of :class:`CandidateFeatures`, ordered by a registered model of purchases.

    A mode without a model (too short a history) orders by past purchases and EASE.
    """

    candidate_features: CandidateFeatures
    rankers: Mapping[str, ChosenModel]  # by mode

    def score_features(
        self,
        features: NDArray[np.float32],
        *,
        mode: str,
        visitor: NDArray[np.int32] | None = None,
    ) -> NDArray[np.float64]:
        """A score for each row of :data:`CANDIDATE_FEATURES`: comparable within a visitor only.

        The ranker's rough scores choose the ``N_RANKED`` candidates of a visitor for full scores; the others follow in rough order. The
        ranker of new products was not trained on others: past purchases come below all, outside the ``N_RANKED``. ``visitor``: visitor of
        each row; None: all rows are of one.
        """
        if (ranker := self.rankers.get(mode)) is not None:
            whose = np.zeros(len(features), np.int32) if visitor is None else visitor
            if mode != DISCOVER_MODE:
                return _in_two_steps(ranker, features, whose)
            is_new = features[:, CANDIDATE_FEATURES.index("bought_n")] == 0
            scores = np.empty(len(features))
            scores[is_new] = _in_two_steps(ranker, features[is_new], whose[is_new])
            scores[~is_new] = scores[is_new].min(initial=0.0) - 1.0
            return scores
        repeat = features[:, CANDIDATE_FEATURES.index("bought_fading")].astype(np.float64)
        ease = features[:, CANDIDATE_FEATURES.index("ease")].astype(np.float64)
        return ease if mode == DISCOVER_MODE else repeat + ease

    def scores(self, baskets: Baskets, *, at_us: int, mode: str = HOME_MODE) -> NDArray[np.float32]:
        """Return ``[visitors, products]``: ``-inf`` for non-candidates."""
        return self.scores_by_mode(baskets, at_us=at_us, modes=(mode,))[mode]

    def scores_by_mode(
        self, baskets: Baskets, *, at_us: int, modes: Sequence[str] = PURCHASE_MODES
    ) -> dict[str, NDArray[np.float32]]:
        """:meth:`scores` of several modes, for the features of one."""
        shape = (baskets.n_visitors, self.candidate_features.n_products)
        scores = {mode: np.full(shape, -np.inf, np.float32) for mode in modes}
        for start, batch in visitor_batches(baskets, self.candidate_features.n_products):
            scored = self.candidate_features.score_products(
                PurchaseHistory.from_baskets(batch, at_us=at_us)
            )
            visitor, product = self.candidate_features.candidates(scored)
            features = self.candidate_features.features(scored, visitor, product)
            for mode in modes:
                scores[mode][start + visitor, product] = self.score_features(
                    features, mode=mode, visitor=visitor
                )
        return scores


def _in_two_steps(
    ranker: ChosenModel, features: NDArray[np.float32], visitor: NDArray[np.int32]
) -> NDArray[np.float64]:
    """Return full scores for each visitor's best, rough ones shifted below them for the others."""
    n_by_visitor = np.bincount(visitor)
    if n_by_visitor.max(initial=0) <= N_RANKED:
        return ranker.scores(features, CANDIDATE_FEATURES)
    rough = ranker.rough_scores(features, CANDIDATE_FEATURES)
    order = np.lexsort((-rough, visitor))
    starts = np.cumsum(n_by_visitor) - n_by_visitor
    place = np.arange(len(order)) - starts[visitor[order]]
    best, others = order[place < N_RANKED], order[place >= N_RANKED]
    scores = np.empty(len(features))
    scores[best] = ranker.scores(features[best], CANDIDATE_FEATURES)
    lowest = np.full(len(n_by_visitor), np.inf)
    np.minimum.at(lowest, visitor[best], scores[best])
    highest = np.full(len(n_by_visitor), -np.inf)
    np.maximum.at(highest, visitor[others], rough[others])
    of = visitor[others]
    scores[others] = lowest[of] - 1.0 - (highest[of] - rough[others])
    return scores


def visitor_batches(baskets: Baskets, n_products: int) -> Iterator[tuple[int, Baskets]]:
    """Batches of visitors, so few at a time that their dense scores fit in memory."""
    size = max(16, _CELLS // max(1, n_products))
    for start in range(0, baskets.n_visitors, size):
        stop = min(start + size, baskets.n_visitors)
        yield start, baskets.for_visitors(np.arange(start, stop, dtype=np.int32))
