"""Columns that the transforms add to the ranker of purchases.

Only transforms that such data has the material for: orders and titles, no pages. Scaling is left out since trees do not
see it, crosses since a shop of orders alone has no names to cross.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.features.transforms.sequence import SkipGramConfig, skip_gram
from baihuo.features.transforms.target import Smoothing
from baihuo.features.transforms.text_features import Tfidf, truncated_svd, unit_vectors
from baihuo.models.baskets import Baskets
from baihuo.models.candidate_features import CANDIDATE_FEATURES
from baihuo.models.purchase_history import PurchaseHistory

Floats = NDArray[np.float32]

LINES: dict[str, tuple[str, tuple[str, ...]]] = {
    "sold": ("look_back", tuple(f"sold_half_{d}d" for d in (1, 7, 28, 90))),
    "rebought": ("target", ("rebought",)),
    "words": ("tfidf", ("words_taste",)),
    "topic": ("svd", tuple(f"topic_{i}" for i in range(16))),
    "together": ("word2vec over orders", ("together_taste", "together_last_vector")),
}

MORE = tuple(c for _, columns in LINES.values() for c in columns)

COLUMNS = (*CANDIDATE_FEATURES, *MORE)


@dataclass(frozen=True, slots=True, eq=False)
class ProductColumns:
    """What the lines before a cut teach of products."""

    sold: Floats  # [products, 4]
    rebought: Floats  # [products]
    words: Any  # [products, words] sparse
    topic: Floats  # [products, 16]
    together: Floats  # [products, dim], length 1 or 0

    @classmethod
    def before(
        cls, past: Baskets, cut_us: int, titles: Sequence[str], window_us: int, seed: int
    ) -> ProductColumns:
        age = past.age_days(cut_us)
        sold = [
            np.bincount(past.product, np.exp2(-age / days), minlength=past.n_products)
            for days in (1, 7, 28, 90)
        ]
        tfidf = Tfidf.fit(titles)
        rows = tfidf.rows(titles)
        directions = truncated_svd(rows, 16, seed=seed)
        topic = np.zeros((len(titles), 16), np.float32)  # a shop of few words fills fewer
        topic[:, : directions.shape[1]] = rows @ directions
        orders: dict[int, list[str]] = {}
        for order, product in zip(past.order.tolist(), past.product.tolist(), strict=True):
            orders.setdefault(order, []).append(str(product))
        # The products of an order come in no sequence: in a shuffled one a window of eight reaches any two.
        rng = np.random.default_rng(seed)
        sentences = [[one[i] for i in rng.permutation(len(one))] for one in orders.values()]
        learned = skip_gram(sentences, SkipGramConfig(window=8, epochs=3, seed=seed))
        together = np.zeros((past.n_products, learned.vectors.shape[1]), np.float32)
        together[[int(w) for w in learned.words]] = unit_vectors(learned.vectors)
        return cls(
            np.stack(sold, axis=1).astype(np.float32),
            _rebought(past, cut_us - window_us),
            rows,
            topic,
            together,
        )

    def columns(
        self, bought: PurchaseHistory, visitor: NDArray[np.int32], product: NDArray[np.int32]
    ) -> Floats:
        """``[pairs, MORE]``."""
        decayed, last = bought.matrix(bought.decayed), bought.matrix(_is_last(bought))
        words = decayed @ self.words
        lengths = np.sqrt(np.asarray(words.multiply(words).sum(axis=1)).ravel())
        by_word = np.asarray(words[visitor].multiply(self.words[product]).sum(axis=1)).ravel()
        taste, latest = unit_vectors(decayed @ self.together), unit_vectors(last @ self.together)
        mine = self.together[product]
        return np.column_stack(
            [
                self.sold[product],
                self.rebought[product],
                by_word / np.maximum(lengths[visitor], 1e-9),
                self.topic[product],
                (taste[visitor] * mine).sum(axis=1),
                (latest[visitor] * mine).sum(axis=1),
            ]
        ).astype(np.float32)


def _rebought(past: Baskets, middle_us: int) -> Floats:
    """Of those who had bought a product before ``middle_us``, how many did again until the cut, smoothed."""
    pair = past.visitor.astype(np.int64) * past.n_products + past.product
    had = np.unique(pair[past.at_us < middle_us])
    again = np.isin(had, pair[past.at_us >= middle_us]).astype(np.float64)
    product = had % max(past.n_products, 1)
    n = np.bincount(product, minlength=past.n_products).astype(np.float64)
    total = np.bincount(product, again, minlength=past.n_products).astype(np.float64)
    prior = float(again.mean()) if len(again) else 0.0
    return Smoothing(strength=20).smoothed(n, total, prior).astype(np.float32)


def _is_last(bought: PurchaseHistory) -> NDArray[np.float64]:
    """1 for what a visitor bought on their last day, else 0."""
    last = np.full(bought.n_visitors, np.inf)
    np.minimum.at(last, bought.visitor, bought.last_days)
    return (bought.last_days <= last[bought.visitor] + 1).astype(np.float64)
