"""Products bought by the same visitors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.models.baskets import Baskets
from baihuo.models.neighbours import Neighbours


@dataclass(frozen=True, slots=True)
class ItemKnn:
    """Cosine of the products' buyers, the ``k`` nearest of each product.

    Source: Sarwar et al. (2001).
    """

    neighbours: Neighbours

    @classmethod
    def fit(cls, baskets: Baskets, *, at_us: int, k: int = 50) -> ItemKnn:
        """Fit to visitors' distinct purchases before ``at_us``."""
        bought = baskets.before(at_us).matrix()
        shared = (bought.T @ bought).toarray().astype(np.float32)
        norm = np.sqrt(np.maximum(np.diag(shared), 1.0))
        shared /= norm[:, None]
        shared /= norm[None, :]
        # Columns are cut, so that a visitor's score for product i sums over i's neighbours.
        return cls(_columns(Neighbours.strongest(np.ascontiguousarray(shared.T), k=k)))

    def scores(self, baskets: Baskets, *, at_us: int) -> NDArray[np.float32]:
        """Return ``[visitors, products]``: the sum of cosines with the visitor's products."""
        return self.neighbours.scores_of(baskets.before(at_us).matrix())


def _columns(rows: Neighbours) -> Neighbours:
    return Neighbours(rows.weights.T.tocsr())
