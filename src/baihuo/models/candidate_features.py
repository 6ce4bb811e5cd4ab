"""Candidates, and features of pairs of visitor and product, from purchases: one implementation for trainer and
ranker.

``CandidateFeatures.fit`` learns from the past before a time. ``score_products`` scores every product for a batch of
visitors, ``candidates`` unites the best of each source, ``features`` describes pairs in
:data:`CANDIDATE_FEATURES`. Training calls them for thousands of visitors, a page for one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from baihuo.models.baskets import DAY_US, Baskets
from baihuo.models.co_purchase import CoPurchase
from baihuo.models.ease import Ease
from baihuo.models.item_stats import COLUMNS as ITEM_COLUMNS
from baihuo.models.item_stats import ItemStats
from baihuo.models.neighbours import Neighbours
from baihuo.models.newly_bought import NewlyBought
from baihuo.models.product_titles import ProductTitles
from baihuo.models.purchase_factors import PurchaseFactors
from baihuo.models.purchase_history import HISTORY_COLUMNS, VISITOR_COLUMNS, PurchaseHistory
from baihuo.models.repeat_rates import AGAIN_COLUMNS, RepeatRates
from baihuo.models.visitor_tastes import TASTE_COLUMNS, taste_columns

# Bundles store these names and those of FEATURES: a ranker refuses bundles with unknown names.
CANDIDATE_SOURCES = ("ease", "ease_fading", "ease_lately", "together", "alike", "newly")
_SCORES = (*CANDIDATE_SOURCES, "factors", "ease_baskets", "words", "together_last")
_RANKED = tuple(s for s in _SCORES if s != "ease_fading")
CANDIDATE_FEATURES = (
    *(f"{s}{suffix}" for s in _SCORES for suffix in ("", "_of_best")),
    *(f"{s}_rank" for s in _RANKED),
    "alike_owned",
    *HISTORY_COLUMNS,
    *VISITOR_COLUMNS,
    *ITEM_COLUMNS,
    "visitor_log_price",
    "visitor_log_quantity",
    "price_gap",
    "quantity_gap",
    "bought_units_gap",
    *TASTE_COLUMNS,
    *AGAIN_COLUMNS,
)
_RECENT_DAYS = 120
_FADING_DAYS = 90  # half-life of a product in a history, by its last purchase
_LAST_VISIT_DAYS = 1  # before the newest purchase of a visitor
_TIE = 1e-4  # of the best score: a smaller lead depends on the order in which a sum is taken
_LEAST_BEST = 0.25  # of owned products: a smaller best new score is rounding
_ALIKE = 0.5  # cosine of titles of one family, such as other colours


@dataclass(frozen=True, slots=True)
class PurchaseScores:
    """The scores of one batch of visitors: ``scores[source]`` is ``[visitors, products]``."""

    history: PurchaseHistory
    scores: dict[str, NDArray[np.float32]]

    def is_owned(self, visitor: NDArray[np.int32], product: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Whether each pair's visitor has bought its product."""
        n_products = self.history.n_products
        known = self.history.visitor.astype(np.int64) * n_products + self.history.product
        return np.isin(visitor.astype(np.int64) * n_products + product, known)

    def of_new(self, source: str) -> NDArray[np.float32]:
        """Return the scores of a source, ``-inf`` for owned products."""
        scores = self.scores[source].copy()
        scores[self.history.visitor, self.history.product] = -np.inf
        return scores


@dataclass(frozen=True, slots=True)
class CandidateFeatures:
    """Learned from purchases before ``at_us``; ages of products count from there."""

    at_us: int
    item_stats: ItemStats
    ease: Neighbours
    ease_lately: Neighbours  # of the last months only, for the season
    co_purchase: Neighbours
    titles: ProductTitles
    newly_bought: Neighbours
    ease_baskets: Neighbours
    factors: PurchaseFactors
    repeat_rates: RepeatRates
    families: Neighbours = field(init=False)  # 1 where titles are of one family

    def __post_init__(self) -> None:
        weights = self.titles.alike.weights
        is_alike = weights.multiply(weights > _ALIKE).tocsr()
        is_alike.data[:] = 1.0
        object.__setattr__(self, "families", Neighbours(is_alike))

    @classmethod
    def fit(
        cls, baskets: Baskets, *, at_us: int, titles: ProductTitles, keep: int = 400
    ) -> CandidateFeatures:
        """Fit to the lines before ``at_us``; only the ``keep`` strongest weights stay."""
        past = baskets.before(at_us)
        recent = past.take(past.at_us >= at_us - _RECENT_DAYS * DAY_US)
        co_purchase = CoPurchase.fit(past, at_us=at_us).neighbours
        around = {"together": co_purchase, "alike": titles.alike}
        return cls(
            at_us=at_us,
            item_stats=ItemStats.fit(past, at_us=at_us, around=around),
            ease=Ease.fit(past, at_us=at_us, l2=300.0, keep=keep).neighbours,
            ease_lately=Ease.fit(recent, at_us=at_us, l2=150.0, keep=keep).neighbours,
            co_purchase=co_purchase,
            titles=titles,
            newly_bought=NewlyBought.fit(past, at_us=at_us, keep=keep).neighbours,
            ease_baskets=Ease.of_baskets(past, at_us=at_us, keep=keep).neighbours,
            factors=PurchaseFactors.fit(past, at_us=at_us),
            repeat_rates=RepeatRates.fit(past, at_us=at_us),
        )

    @property
    def n_products(self) -> int:
        """How many products it knows."""
        return len(self.item_stats.values)

    def score_products(self, history: PurchaseHistory) -> PurchaseScores:
        """Score all products for every visitor by their purchases."""
        is_owned, decayed = history.matrix(), history.matrix(history.decayed)
        recent = history.matrix(history.last_days < _RECENT_DAYS)
        fading = history.matrix(np.exp2(-history.last_days / _FADING_DAYS))
        newest = np.full(history.n_visitors, np.inf)
        np.minimum.at(newest, history.visitor, history.last_days)
        is_last = history.last_days < newest[history.visitor] + _LAST_VISIT_DAYS
        scores = {
            "ease": self.ease.scores_of(is_owned),
            "ease_fading": self.ease.scores_of(decayed),
            "ease_lately": self.ease_lately.scores_of(recent),
            "together": self.co_purchase.scores_of(decayed),
            "alike": self.titles.alike.scores_of(decayed),
            "newly": self.newly_bought.scores_of(fading),
            "factors": self.factors.scores_of(fading),
            "ease_baskets": self.ease_baskets.scores_of(fading),
            "words": _in_words(self.titles.words, decayed),
            "together_last": self.co_purchase.scores_of(history.matrix(is_last)),
        }
        return PurchaseScores(history, scores)

    def candidates(
        self, scored: PurchaseScores, *, k: int = 100, n_popular: int = 60
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return pairs (visitor, product): past purchases, the ``k`` best others of each source, and popular products.

        Without repeats, ordered by visitor, then product.
        """
        n = scored.history.n_visitors
        parts = [scored.history.visitor.astype(np.int64) * self.n_products + scored.history.product]
        for source in CANDIDATE_SOURCES:
            parts.append(_pairs(_best(scored.of_new(source), k), self.n_products))
        for share in ("share_28", "first_28"):
            popular = np.argsort(-self.item_stats[share], kind="stable")[:n_popular]
            parts.append(_pairs(np.tile(popular, (n, 1)), self.n_products))
        pair = np.unique(np.concatenate(parts))
        width = max(1, self.n_products)
        return (pair // width).astype(np.int32), (pair % width).astype(np.int32)

    def features(
        self, scored: PurchaseScores, visitor: NDArray[np.int32], product: NDArray[np.int32]
    ) -> NDArray[np.float32]:
        """``[pairs, CANDIDATE_FEATURES]``; NaN if undefined (never bought: no last time)."""
        columns: dict[str, NDArray[Any]] = {}
        for source, scores in scored.scores.items():
            columns[source] = of_pairs = scores[visitor, product]
            best, rank = _compared(scores, scored.of_new(source), visitor, of_pairs)
            columns[f"{source}_of_best"] = of_pairs / (best + 1e-9)
            columns[f"{source}_rank"] = np.log1p(rank)
        columns["alike_owned"] = self.families.scores_of(scored.history.matrix())[visitor, product]
        history = scored.history
        columns |= history.pair_columns(visitor, product)
        columns |= self.repeat_rates.columns(
            columns["bought_n"], columns["bought_last_days"], product
        )
        columns |= {name: values[visitor] for name, values in history.visitor_columns().items()}
        columns |= {name: self.item_stats[name][product] for name in ITEM_COLUMNS}
        for name in ("log_price", "log_quantity"):
            columns[f"visitor_{name}"] = history.usual(self.item_stats[name])[visitor]
        columns |= taste_columns(self.item_stats, history, visitor, product)
        columns["price_gap"] = columns["log_price"] - columns["visitor_log_price"]
        columns["bought_units_gap"] = columns["bought_units_a_time"] - columns["log_quantity"]
        columns["quantity_gap"] = columns["log_quantity"] - columns["visitor_log_quantity"]
        return np.stack(
            [columns[f] for f in CANDIDATE_FEATURES], axis=1, dtype=np.float32, casting="same_kind"
        )

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Plain arrays, for a file without pickle."""
        return {
            "at_us": np.array(self.at_us, dtype=np.int64),
            "shelf": self.item_stats.values,
            **self.ease.to_arrays("ease"),
            **self.ease_lately.to_arrays("ease_lately"),
            **self.co_purchase.to_arrays("together"),
            **self.titles.to_arrays(),
            **self.newly_bought.to_arrays("newly"),
            **self.ease_baskets.to_arrays("ease_baskets"),
            **self.factors.to_arrays("factors"),
            **self.repeat_rates.to_arrays("again"),
        }

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[Any]]) -> CandidateFeatures:
        """The inverse of :meth:`to_arrays`."""
        return cls(
            at_us=int(arrays["at_us"]),
            item_stats=ItemStats(arrays["shelf"]),
            ease=Neighbours.from_arrays(arrays, "ease"),
            ease_lately=Neighbours.from_arrays(arrays, "ease_lately"),
            co_purchase=Neighbours.from_arrays(arrays, "together"),
            titles=ProductTitles.from_arrays(arrays),
            newly_bought=Neighbours.from_arrays(arrays, "newly"),
            ease_baskets=Neighbours.from_arrays(arrays, "ease_baskets"),
            factors=PurchaseFactors.from_arrays(arrays, "factors"),
            repeat_rates=RepeatRates.from_arrays(arrays, "again"),
        )


def _in_words(
    words: scipy.sparse.csr_matrix, bought: scipy.sparse.csr_matrix
) -> NDArray[np.float32]:
    """Return ``[visitors, products]``: cosine of a title with the visitor's titles by weight."""
    profile = (bought @ words).tocsr()
    norm = np.sqrt(np.asarray(profile.multiply(profile).sum(axis=1)).ravel())
    unit = scipy.sparse.diags((1 / np.maximum(norm, 1e-9)).astype(np.float32)) @ profile
    return np.asarray((unit @ words.T).toarray(), dtype=np.float32)


def _best(scores: NDArray[np.float32], k: int) -> NDArray[np.intp]:
    """Return ``[visitors, at most k]`` products of the largest scores, unordered."""
    if k >= scores.shape[1]:
        return np.tile(np.arange(scores.shape[1]), (len(scores), 1))
    return np.argpartition(-scores, k, axis=1)[:, :k]


def _compared(
    scores: NDArray[np.float32],
    of_new: NDArray[np.float32],
    visitor: NDArray[np.int32],
    of_pairs: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Return the visitor's best new score for each pair, and the number of new products scoring higher. Unlike scores, ranks do not grow
    with the log, so they transfer between windows.
    """
    best, rank = np.zeros(len(visitor), np.float32), np.zeros(len(visitor))
    order = np.argsort(visitor, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(visitor[order])) + 1):
        if not len(rows):
            continue
        row = visitor[rows[0]]
        ascending, highest = np.sort(of_new[row]), max(float(scores[row].max()), 0.0)
        ties = of_pairs[rows] + _TIE * highest
        rank[rows] = len(ascending) - np.searchsorted(ascending, ties, side="right")
        best[rows] = max(float(ascending[-1]), _LEAST_BEST * highest)
    return best, rank


def _pairs(best: NDArray[Any], n_products: int) -> NDArray[np.int64]:
    visitor = np.repeat(np.arange(len(best), dtype=np.int64), best.shape[1])
    return visitor * n_products + best.ravel()
