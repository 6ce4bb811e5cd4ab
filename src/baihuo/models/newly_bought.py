"""Recent first purchases of a product's owners: seasonal co-purchase."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from baihuo.models.baskets import Baskets
from baihuo.models.neighbours import Neighbours
from baihuo.models.purchase_history import PurchaseHistory

_NEW_HALF_LIFE_DAYS = 30
_LEAST = 0.1  # of a purchase today: first purchases older than 100 days do not count
_OWNED_HALF_LIFE_DAYS = 60
_POPULAR = (
    0.3  # exponent of new buyers: between a count (0) and a rate (1), so that trends still show
)


@dataclass(frozen=True, slots=True)
class NewlyBought:
    """``weights[i, j]``: recent first purchases of ``j`` by owners of ``i``. An owner is a unit vector of owned products, rare and recent
    ones weighing most: the score of ``j`` sums the visitor's cosines with its recent first buyers. Item kNN uses all pairs of a history;
    this one only recent additions, so that it follows the season.
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
        """Return ``[visitors, products]``: recent purchases by owners of the visitor's products."""
        return self.neighbours.scores_of(baskets.before(at_us).matrix())
