"""Purchases in few dimensions: truncated SVD of the purchase matrix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from baihuo.models.baskets import Baskets


@dataclass(frozen=True, slots=True)
class PurchaseFactors:
    """Scores of a history: projected on the ``k`` main directions of all histories and back.

    Visitors are divided by the root of their products, products by the fourth root of their buyers, so that neither large buyers nor
    bestsellers dominate.

    Source: Cremonesi, Koren and Turrin, Performance of recommender algorithms on top-N tasks (2010).
    """

    factors: NDArray[np.float32]  # [products, k], orthonormal columns
    weight: NDArray[np.float32]  # [products] of an owned product

    @classmethod
    def fit(cls, baskets: Baskets, *, at_us: int, k: int = 64) -> PurchaseFactors:
        """Fit to purchases before ``at_us``; fewer directions with fewer visitors or products."""
        owned = baskets.before(at_us).matrix().astype(np.float64)
        weight = np.maximum(owned.getnnz(axis=0), 1) ** -0.25
        scaled = scipy.sparse.diags(np.maximum(owned.getnnz(axis=1), 1) ** -0.5) @ owned
        scaled = scaled @ scipy.sparse.diags(weight)
        k = min(k, min(scaled.shape, default=0) - 1)
        factors = np.zeros((baskets.n_products, 0), np.float32)
        if k > 0 and scaled.nnz:
            factors = _main_directions(scaled.tocsr(), k)
        return cls(np.ascontiguousarray(factors), weight.astype(np.float32))

    def scores_of(self, bought: scipy.sparse.csr_matrix) -> NDArray[np.float32]:
        """Return ``[visitors, products]`` from each visitor's product weights."""
        inside = (bought @ scipy.sparse.diags(self.weight)) @ self.factors
        return np.asarray(inside @ self.factors.T, dtype=np.float32)

    def to_arrays(self, prefix: str) -> dict[str, NDArray[Any]]:
        """Plain arrays, for a file without pickle."""
        return {f"{prefix}_factors": self.factors, f"{prefix}_weight": self.weight}

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[Any]], prefix: str) -> PurchaseFactors:
        """The inverse of :meth:`to_arrays`."""
        return cls(arrays[f"{prefix}_factors"], arrays[f"{prefix}_weight"])


def _main_directions(matrix: scipy.sparse.csr_matrix, k: int) -> NDArray[np.float32]:
    """Return ``[columns, k]``, or fewer by rank. A small matrix is decomposed fully: if its rank is below ``k``, ARPACK continues from
    unseeded random vectors. It fails on some larger ones, mostly few histories of a log's first weeks; these use a randomised range finder.

    Source: Halko, Martinsson and Tropp, Finding structure with randomness (2011), algorithm 4.4.
    """
    if min(matrix.shape) <= _MOST_WHOLE:
        return _directions_of_whole(matrix, k)
    start = np.ones(min(matrix.shape))  # the solver's default start is random
    try:
        return np.asarray(scipy.sparse.linalg.svds(matrix, k=k, v0=start)[2].T, np.float32)
    except scipy.sparse.linalg.ArpackError:
        pass
    n_drawn = min(k + _MORE_DRAWN, *matrix.shape)
    basis = np.random.default_rng(_SEED).normal(size=(matrix.shape[1], n_drawn))
    for _ in range(_ROUNDS):
        basis = matrix @ np.linalg.qr(basis)[0]
        basis = matrix.T @ np.linalg.qr(basis)[0]
    basis = np.linalg.qr(basis)[0]
    _, strength, directions = np.linalg.svd(matrix @ basis, full_matrices=False)
    is_main = (np.arange(len(strength)) < k) & (strength > _LEAST_STRENGTH * strength[0])
    return np.asarray(basis @ directions[is_main].T, np.float32)


def _directions_of_whole(matrix: scipy.sparse.csr_matrix, k: int) -> NDArray[np.float32]:
    """Decompose by the Gram matrix of the shorter side."""
    is_tall = matrix.shape[0] >= matrix.shape[1]
    square = (matrix.T @ matrix if is_tall else matrix @ matrix.T).toarray()
    strength, directions = np.linalg.eigh(square)  # the strongest last
    is_main = strength[-k:] > _LEAST_STRENGTH**2 * strength[-1]
    strength, directions = strength[-k:][is_main], directions[:, -k:][:, is_main]
    if not is_tall:
        directions = (matrix.T @ directions) / np.sqrt(strength)
    return np.asarray(directions, np.float32)


_MOST_WHOLE = 1_000  # visitors or products
_SEED, _MORE_DRAWN, _ROUNDS = 7, 16, 4
_LEAST_STRENGTH = 1e-6  # of the main direction; below is rounding
