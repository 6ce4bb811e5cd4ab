"""What owners of a product bought lately for the first time: co-purchase that knows the season."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from baihuo.models.baskets import Baskets
from baihuo.models.neighbours import Neighbours
from baihuo.models.purchase_history import PurchaseHistory

_NEW_HALF_LIFE_DAYS = 30
_LEAST = 0.1  # of a purchase today: older first purchases count nothing (100 days)
_OWNED_HALF_LIFE_DAYS = 60
_POPULAR = (
    0.3  # exponent of new buyers: between a count (0) and a rate (1), so that trends still show
)


@dataclass(frozen=True, slots=True)
class NewlyBought:
    """``weights[i, j]``: how many owners of ``i`` bought ``j`` for the first time lately.

    An owner is described by what they own, rare and recent products most, as a vector of length 1: the score
    of ``j`` sums the cosines of a visitor with all who lately met it. Item kNN looks at all pairs of a
    history; this one only at what enters histories now, so that it follows a season without forgetting who
    owns what.
    """

    neighbours: Neighbours

    @classmethod
    def fit(cls, baskets: Baskets, *, at_us: int, keep: int = 400) -> NewlyBought:
        """From the lines before ``at_us``; the ``keep`` strongest of each product stay."""
        past = baskets.before(at_us)
        first = past.first_of_pairs()
        new = first.matrix(np.exp2(-first.age_days(at_us) / _NEW_HALF_LIFE_DAYS))
        new.data[new.data < _LEAST] = 0.0
        new.eliminate_zeros()
        history = PurchaseHistory.from_baskets(past, at_us=at_us)
        n_owners = np.bincount(history.product, minlength=past.n_products)
        rare = np.log1p(past.n_visitors / np.maximum(n_owners, 1))
        fading = np.exp2(-history.last_days / _OWNED_HALF_LIFE_DAYS)
        owned = history.matrix(fading * rare[history.product])
        norm = np.sqrt(np.asarray(owned.multiply(owned).sum(axis=1)).ravel())
        unit = scipy.sparse.diags((1 / np.maximum(norm, 1e-9)).astype(np.float32)) @ owned
        pairs = (scipy.sparse.diags(rare.astype(np.float32)) @ unit.T @ new).toarray()
        n_new = np.asarray(new.sum(axis=0)).ravel()
        pairs /= (n_new**_POPULAR + 1)[None, :].astype(np.float32)
        return cls(Neighbours.strongest(pairs.astype(np.float32), k=keep))

    def scores(self, baskets: Baskets, *, at_us: int) -> NDArray[np.float32]:
        """``[visitors, products]``: what owners of the visitor's products buy now."""
        return self.neighbours.scores_of(baskets.before(at_us).matrix())
