"""Candidates of one cut with their columns and labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.models.baskets import Baskets
from baihuo.models.candidate_features import CandidateFeatures
from baihuo.models.product_titles import ProductTitles
from baihuo.models.purchase_history import PurchaseHistory
from baihuo.models.purchase_model import visitor_batches
from suites.features.purchase_columns import Floats, ProductColumns


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Candidates of one cut with their columns, by visitor."""

    matrix: Floats
    label: NDArray[np.int8]
    visitor: NDArray[np.int64]
    n_wanted: NDArray[np.int64]  # [visitors] what was bought, candidates or not


@dataclass(frozen=True, slots=True, eq=False)
class PairMaker:
    """Makes the candidates of any cut in the same way."""

    titles: Sequence[str]
    product_titles: ProductTitles
    window_us: int
    seed: int

    def at(
        self, past: Baskets, after: Baskets, cut_us: int, *, max_visitors: int, keep: float
    ) -> Pairs:
        """Candidates from what was bought before ``cut_us``, labelled by what was bought after it.

        Args:
            max_visitors: Of more visitors, so many are drawn.
            keep: The share of candidates not bought that stays.
        """
        rng = np.random.default_rng([self.seed, cut_us % 2**31])
        visitors = np.intersect1d(past.visitor, after.visitor).astype(np.int32)
        if len(visitors) > max_visitors:
            visitors = np.sort(rng.choice(visitors, max_visitors, replace=False))
        candidate_features = CandidateFeatures.fit(past, at_us=cut_us, titles=self.product_titles)
        known = ProductColumns.before(past, cut_us, self.titles, self.window_us, self.seed)
        labels = after.for_visitors(visitors)
        wanted = np.unique(labels.visitor.astype(np.int64) * past.n_products + labels.product)
        parts: list[tuple[Floats, NDArray[np.int8], NDArray[np.int64]]] = []
        for start, batch in visitor_batches(past.for_visitors(visitors), past.n_products):
            bought = PurchaseHistory.from_baskets(batch, at_us=cut_us)
            scored = candidate_features.score_products(bought)
            visitor, product = candidate_features.candidates(scored)
            label = np.isin((start + visitor).astype(np.int64) * past.n_products + product, wanted)
            kept = label | (rng.random(len(label)) < keep)
            visitor, product = visitor[kept], product[kept]
            both = np.concatenate(
                [
                    candidate_features.features(scored, visitor, product),
                    known.columns(scored.history, visitor, product),
                ],
                axis=1,
            )
            parts.append((both, label[kept].astype(np.int8), start + visitor.astype(np.int64)))
        n_wanted = np.bincount(wanted // past.n_products, minlength=len(visitors))
        return Pairs(
            np.concatenate([matrix for matrix, _, _ in parts]),
            np.concatenate([label for _, label, _ in parts]),
            np.concatenate([visitor for _, _, visitor in parts]),
            n_wanted,
        )


def with_noise(pairs: Pairs, rng: np.random.Generator) -> Pairs:
    noise = rng.normal(size=(len(pairs.label), 1)).astype(np.float32)
    return Pairs(
        np.concatenate([pairs.matrix, noise], axis=1), pairs.label, pairs.visitor, pairs.n_wanted
    )
