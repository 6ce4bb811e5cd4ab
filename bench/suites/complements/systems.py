"""Orders of what stands beside a product, from the same baskets: each a sparse ``[products, products]``, larger first."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from baihuo.models import Baskets, CoPurchase, PairLift

OURS = "baihuo"


def systems(
    past: Baskets, *, at_us: int, kinds: NDArray[np.int64] | None
) -> Iterator[tuple[str, sparse.csr_matrix]]:
    """Each with its weights; ours last. With ``kinds``, none has products of the same kind.

    ``count`` baskets with both; ``cosine`` what a shop had before; ``lift`` of pairs seen twice and more; ``likelihood`` Dunning's
    ratio (1993) of pairs above their expectation; ``baihuo`` a lower bound of the lift times the share sold.
    """
    inside, _ = past.orders(at_us)
    both = (inside.T @ inside).tocsr()
    both.setdiag(0)
    both.eliminate_zeros()
    n, n_baskets = np.asarray(inside.sum(axis=0)).ravel(), inside.shape[0]
    fits: dict[str, Callable[[], sparse.csr_matrix]] = {
        "count": lambda: both,
        "cosine": lambda: CoPurchase.fit(past, at_us=at_us).neighbours.weights,
        "lift": lambda: _by_pair(both, lambda k, a, b: np.where(k > 1, k / (a * b), 0.0), n),
        "likelihood": lambda: _by_pair(both, lambda k, a, b: _likelihood(k, a, b, n_baskets), n),
        OURS: lambda: PairLift.fit(past, at_us=at_us, kinds=kinds).neighbours.weights,
    }
    for name, fit in fits.items():
        yield name, fit() if kinds is None else _of_other_kinds(fit(), kinds)


def _by_pair(
    both: sparse.csr_matrix,
    score: Callable[..., NDArray[np.float64]],
    n: NDArray[np.float64],
) -> sparse.csr_matrix:
    pairs = both.tocoo()
    scored = sparse.csr_matrix(
        (score(pairs.data.astype(np.float64), n[pairs.row], n[pairs.col]), (pairs.row, pairs.col)),
        both.shape,
    )
    scored.eliminate_zeros()
    return scored


def _likelihood(
    k: NDArray[np.float64], a: NDArray[np.float64], b: NDArray[np.float64], n: int
) -> NDArray[np.float64]:
    cells = (k, a - k, b - k, n - a - b + k)
    ratio = (
        sum(map(_entropy, cells)) - sum(map(_entropy, (a, n - a, b, n - b))) + _entropy(n + 0 * k)
    )
    return np.where(k > a * b / n, 2 * ratio, 0.0)


def _entropy(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(x > 0, x * np.log(np.maximum(x, 1e-12)), 0.0)


def _of_other_kinds(weights: sparse.csr_matrix, kinds: NDArray[np.int64]) -> sparse.csr_matrix:
    pairs = weights.tocoo()
    kept = (kinds[pairs.row] != kinds[pairs.col]) | (kinds[pairs.row] < 0)
    return sparse.csr_matrix((pairs.data[kept], (pairs.row[kept], pairs.col[kept])), weights.shape)
