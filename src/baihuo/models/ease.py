"""Linear weights between products that best predict each basket from the rest of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from baihuo.core import Unsupported
from baihuo.models.baskets import Baskets
from baihuo.models.neighbours import Neighbours

MAX_PRODUCTS = 8_000  # the inverse is dense: 8,000 products take 0.8 GB for half a minute


@dataclass(frozen=True, slots=True)
class Ease:
    """Ridge regression with an empty diagonal, in closed form.

    Source: Steck, Embarrassingly Shallow Autoencoders for Sparse Data (2019).
    """

    neighbours: Neighbours

    @classmethod
    def fit(
        cls, baskets: Baskets, *, at_us: int, l2: float = 300.0, keep: int | None = None
    ) -> Ease:
        """Fit to visitors' distinct purchases before ``at_us``.

        Args:
            baskets: Purchases; products without a buyer are ignored.
            at_us: Later lines are ignored.
            l2: Ridge; larger trusts frequent pairs only.
            keep: Number of strongest weights of each product; None: all.

        Raises:
            Unsupported: more than ``MAX_PRODUCTS`` products have a buyer.
        """
        weights = _ridge_weights(baskets.before(at_us).matrix(), l2)
        return cls(Neighbours.strongest(weights, k=keep or baskets.n_products))

    @classmethod
    def of_baskets(
        cls,
        baskets: Baskets,
        *,
        at_us: int,
        l2: float = 20.0,
        half_life_days: float = 120,
        keep: int = 400,
    ) -> Ease:
        """Fit to orders before ``at_us`` instead of whole histories, to complete baskets.

        A new basket of four products counts 1; older and larger ones less. It
        costs ``products³`` whatever the number of visitors.

        Raises:
            Unsupported: more than ``MAX_PRODUCTS`` products are in a basket.
        """
        inside, age = baskets.before(at_us).orders(at_us)
        size = np.asarray(inside.sum(axis=1)).ravel()
        weight = 2 * np.exp2(-age / half_life_days) / np.sqrt(np.maximum(size, 1))
        weights = _ridge_weights(scipy.sparse.diags(np.sqrt(weight)) @ inside, l2)
        return cls(Neighbours.strongest(weights, k=keep))

    def scores(self, baskets: Baskets, *, at_us: int) -> NDArray[np.float32]:
        """Return ``[visitors, products]``: the regression's prediction."""
        return self.neighbours.scores_of(baskets.before(at_us).matrix())


def _ridge_weights(rows: scipy.sparse.csr_matrix, l2: float) -> NDArray[np.float32]:
    """``[products, products]`` that predict each column of ``rows`` best from the others."""
    n = rows.shape[1]
    known = np.flatnonzero(rows.getnnz(axis=0) > 0)
    if len(known) > MAX_PRODUCTS:
        raise Unsupported(
            f"EASE over {len(known)} products needs more memory than is sensible",
            fix=f"pass the {MAX_PRODUCTS} products with most buyers",
        )
    weights = np.zeros((n, n), dtype=np.float32)
    if len(known):
        inverse = ridge_inverse(rows[:, known], l2)
        weights[np.ix_(known, known)] = -inverse / np.diag(inverse)[None, :]
    return weights


def ridge_inverse(bought: Any, l2: float) -> NDArray[np.float32]:
    """``(XᵀX + l2·I)⁻¹`` of the sparse ``bought``: ``[visitors, products]``, both ways in one cost.

    With fewer visitors than products the Woodbury identity turns the ``products³`` of a dense inverse
    into ``visitors³`` and sparse products: ``(I − Xᵀ(XXᵀ + l2·I)⁻¹X) / l2``.
    """
    bought = bought[np.asarray(bought.getnnz(axis=1)).ravel() > 0].astype(np.float64).tocsr()
    n_visitors, n_products = bought.shape
    if n_visitors < n_products:
        gram = (bought @ bought.T).toarray()
        gram[np.diag_indices(n_visitors)] += l2
        inside = (bought.T @ _inverse(gram)).T  # [visitors, products], since it is symmetric
        few = bought.T.tocsr().astype(np.float32)  # float64 only for the inversion
        inverse = few @ np.ascontiguousarray(inside, dtype=np.float32)
        inverse /= np.float32(-l2)
        inverse[np.diag_indices(n_products)] += np.float32(1 / l2)
        return np.asarray(inverse)
    gram = (bought.T @ bought).toarray().astype(np.float32)
    gram[np.diag_indices(n_products)] += np.float32(l2)
    return np.asarray(_inverse(gram))


def _inverse(symmetric: NDArray[Any]) -> NDArray[Any]:
    """Invert a positive definite matrix by Cholesky: half the cost of a general inverse."""
    factor, inverted = scipy.linalg.lapack.get_lapack_funcs(("potrf", "potri"), (symmetric,))
    upper, failed = factor(symmetric, overwrite_a=True)
    if not failed:
        inverse, failed = inverted(upper, overwrite_c=True)
    if failed:
        raise ValueError(f"not positive definite (LAPACK says {failed}): l2 must be above 0")
    inverse += (
        inverse.T
    )  # the lower half was cleared by the factor: this doubles the diagonal alone
    inverse[np.diag_indices(len(inverse))] /= 2
    return np.asarray(inverse)
