"""What owners of a product bought lately for the first time: co-purchase that knows the season."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from baihuo.models.baskets import DAY_US, Baskets
from baihuo.models.neighbours import Neighbours

_WINDOW_DAYS = 42
_SHRINK_OWNERS = 3.0  # visitors: of few owners little is known
_POPULAR = (
    0.3  # exponent of new buyers: between a count (0) and a rate (1), so that trends still show
)


@dataclass(frozen=True, slots=True)
class NewlyBought:
    """``weights[i, j]``: how many owners of ``i`` bought ``j`` for the first time in the last six weeks.

    An owner counts less the more they own. Item kNN looks at all pairs of a history; this one only at what
    enters histories now, so that it follows a season without forgetting who owns what.
    """

    neighbours: Neighbours

    @classmethod
    def fit(cls, baskets: Baskets, *, at_us: int, keep: int = 400) -> NewlyBought:
        """From the lines before ``at_us``; the ``keep`` strongest of each product stay."""
        past = baskets.before(at_us)
        first = past.first_of_pairs()
        owned = past.matrix()
        new = first.take(first.at_us >= at_us - _WINDOW_DAYS * DAY_US).matrix()
        weight = 1 / np.sqrt(np.maximum(owned.getnnz(axis=1), 1))
        pairs = (owned.T @ sparse.diags(weight.astype(np.float32)) @ new).toarray()
        pairs /= (np.sqrt(owned.getnnz(axis=0)) + _SHRINK_OWNERS)[:, None].astype(np.float32)
        pairs /= (new.getnnz(axis=0) ** _POPULAR + 1)[None, :].astype(np.float32)
        return cls(Neighbours.strongest(pairs, k=keep))

    def scores(self, baskets: Baskets, *, at_us: int) -> NDArray[np.float32]:
        """``[visitors, products]``: what owners of the visitor's products buy now."""
        return self.neighbours.scores_of(baskets.before(at_us).matrix())
