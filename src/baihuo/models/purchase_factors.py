"""Purchases in few dimensions: the truncated SVD of who bought what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import svds

from baihuo.models.baskets import Baskets


@dataclass(frozen=True, slots=True)
class PurchaseFactors:
    """Scores of a history: projected on the ``k`` main directions of all histories and back.

    Visitors are divided by the root of what they own, products by the fourth root of their buyers, so that
    neither large buyers nor bestsellers fill the directions.

    Source: Cremonesi, Koren and Turrin, Performance of recommender algorithms on top-N tasks (2010).
    """

    factors: NDArray[np.float32]  # [products, k], orthonormal columns
    weight: NDArray[np.float32]  # [products] of an owned product

    @classmethod
    def fit(cls, baskets: Baskets, *, at_us: int, k: int = 64) -> PurchaseFactors:
        """From who bought what before ``at_us``; fewer directions where there are fewer visitors or products."""
        owned = baskets.before(at_us).matrix().astype(np.float64)
        weight = np.maximum(owned.getnnz(axis=0), 1) ** -0.25
        scaled = sparse.diags(np.maximum(owned.getnnz(axis=1), 1) ** -0.5) @ owned
        scaled = scaled @ sparse.diags(weight)
        k = min(k, min(scaled.shape, default=0) - 1)
        factors = np.zeros((baskets.n_products, 0), np.float32)
        if k > 0 and scaled.nnz:
            start = np.ones(min(scaled.shape))  # the solver's own start is random
            factors = svds(scaled, k=k, v0=start)[2].T.astype(np.float32)
        return cls(np.ascontiguousarray(factors), weight.astype(np.float32))

    def scores_of(self, bought: sparse.csr_matrix) -> NDArray[np.float32]:
        """``[visitors, products]`` of the weights of what each visitor has."""
        inside = (bought @ sparse.diags(self.weight)) @ self.factors
        return np.asarray(inside @ self.factors.T, dtype=np.float32)

    def to_arrays(self, prefix: str) -> dict[str, NDArray[Any]]:
        """Plain arrays, for a file without pickle."""
        return {f"{prefix}_factors": self.factors, f"{prefix}_weight": self.weight}

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[Any]], prefix: str) -> PurchaseFactors:
        """The inverse of :meth:`to_arrays`."""
        return cls(arrays[f"{prefix}_factors"], arrays[f"{prefix}_weight"])
