"""How likely two visitors are shown the same kind of product; 1: always one kind."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from baihuo.evaluate.bootstrap import ClusteredMean


def concentration(kinds: NDArray[Any], visitors: NDArray[Any]) -> ClusteredMean:
    """P(two placements of different visitors are of one kind), with its standard error over visitors.

    Its inverse is the effective number of kinds. A plain count would grow with every page.

    Args:
        kinds: ``[placements]``, such as the category, or the product itself.
        visitors: ``[placements]``.

    Raises:
        ValueError: there are fewer than two visitors.

    Source: Simpson (1949), unbiased over visitors; standard error of a U-statistic (Hoeffding, 1948).
    """
    _, kind = np.unique(kinds, return_inverse=True)
    _, visitor, n_of = np.unique(visitors, return_inverse=True, return_counts=True)
    n_visitors, n = len(n_of), len(kind)
    if n_visitors < 2:
        raise ValueError(f"{n_visitors} visitors cannot be compared with each other")
    seen = csr_matrix((np.ones(n), (visitor, kind)), shape=(n_visitors, int(kind.max()) + 1))
    total = np.asarray(seen.sum(axis=0)).ravel()
    own = np.asarray(seen.multiply(seen).sum(axis=1)).ravel()
    same = seen @ total - own  # with placements of others
    pairs = n_of * (n - n_of).astype(np.float64)
    mid = float(same.sum() / pairs.sum())
    apart = same - mid * pairs
    error = 2 * float(np.sqrt((apart**2).sum() * n_visitors / (n_visitors - 1))) / pairs.sum()
    effective = float(n_of.sum() ** 2 / (n_of.astype(np.float64) ** 2).sum())
    return ClusteredMean(mid, float(error), n, n_visitors, effective)
