"""Co-purchase: products of the same recent baskets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from baihuo.models.baskets import Baskets
from baihuo.models.neighbours import Neighbours

_SHRINK = 0.3  # in units of a basket's weight: one shared basket is weak evidence


@dataclass(frozen=True, slots=True)
class CoPurchase:
    """Cosine of shared baskets; a basket counts less the older and the larger it is."""

    neighbours: Neighbours

    @classmethod
    def fit(
        cls, baskets: Baskets, *, at_us: int, half_life_days: float = 60, keep: int = 300
    ) -> CoPurchase:
        """From the baskets before ``at_us``; the ``keep`` strongest of each product stay."""
        inside, age = baskets.before(at_us).orders(at_us)
        size = np.asarray(inside.sum(axis=1)).ravel()
        weight = 0.5 ** (age / half_life_days) / np.sqrt(np.maximum(size, 1.0))
        shared = (inside.T @ scipy.sparse.diags(weight.astype(np.float32)) @ inside).toarray()
        norm = np.sqrt(np.diag(shared)) + _SHRINK
        shared /= norm[:, None]
        shared /= norm[None, :]
        return cls(Neighbours.strongest(shared, k=keep))

    def scores(self, baskets: Baskets, *, at_us: int) -> NDArray[np.float32]:
        """Return ``[visitors, products]``: co-purchases of the visitor's products."""
        return self.neighbours.scores_of(baskets.before(at_us).matrix())
