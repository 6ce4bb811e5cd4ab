"""Product to product weights, sparse, as learned by item kNN, EASE and shared baskets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Neighbours:
    """``weights[i, j]`` is the weight of owning ``i`` for recommending ``j``; the diagonal is empty."""

    weights: scipy.sparse.csr_matrix  # [products, products] float32

    @classmethod
    def strongest(cls, dense: NDArray[np.float32], *, k: int) -> Neighbours:
        """The ``k`` largest of each row of ``dense`` by absolute value; zeros are dropped.

        ``dense`` is overwritten on its diagonal.
        """
        n = len(dense)
        np.fill_diagonal(dense, 0.0)
        if k >= n:
            return cls(scipy.sparse.csr_matrix(dense))
        kept = np.sort(np.argpartition(-np.abs(dense), k - 1, axis=1)[:, :k], axis=1)
        values = np.take_along_axis(dense, kept, axis=1)
        indptr = np.arange(0, kept.size + 1, kept.shape[1]) if n else np.zeros(1, np.int64)
        matrix = scipy.sparse.csr_matrix((values.ravel(), kept.ravel(), indptr), shape=(n, n))
        matrix.eliminate_zeros()
        return cls(matrix)

    def scores_of(self, bought: scipy.sparse.csr_matrix) -> NDArray[np.float32]:
        """Return ``[visitors, products]``: the sum of the weights of each visitor's products."""
        return np.asarray((bought @ self.weights).toarray(), dtype=np.float32)

    def nearest(self, product: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """The nearest products of ``product``, strongest first, and their weights."""
        start, stop = self.weights.indptr[product : product + 2]
        where = self.weights.indices[start:stop]
        values = self.weights.data[start:stop]
        order = np.argsort(-values, kind="stable")
        order = order[values[order] > 0]
        return where[order].astype(np.int32), values[order]

    def to_arrays(self, prefix: str) -> dict[str, NDArray[np.generic]]:
        """Plain arrays, for a file without pickle."""
        return {
            f"{prefix}_data": self.weights.data.astype(np.float32),
            f"{prefix}_indices": self.weights.indices.astype(np.int32),
            f"{prefix}_indptr": self.weights.indptr.astype(np.int64),
        }

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[np.generic]], prefix: str) -> Neighbours:
        """The inverse of :meth:`to_arrays`."""
        indptr = arrays[f"{prefix}_indptr"]
        n = len(indptr) - 1
        parts = (arrays[f"{prefix}_data"], arrays[f"{prefix}_indices"], indptr)
        return cls(scipy.sparse.csr_matrix(parts, shape=(n, n)))
