"""Linear weights between products that best predict each basket from the rest of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
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
        """From who bought what before ``at_us``, counted once a visitor.

        Args:
            baskets: What was bought; only products with a buyer take part.
            at_us: Nothing from then on is seen.
            l2: Ridge; larger trusts frequent pairs only.
            keep: Weights a product keeps, the strongest; None keeps all.

        Raises:
            Unsupported: more than ``MAX_PRODUCTS`` products have a buyer.
        """
        bought = baskets.before(at_us).matrix()
        n = baskets.n_products
        known = np.flatnonzero(np.asarray(bought.sum(axis=0)).ravel() > 0)
        if len(known) > MAX_PRODUCTS:
            raise Unsupported(
                f"EASE over {len(known)} products needs more memory than is sensible",
                fix=f"pass the {MAX_PRODUCTS} products with most buyers",
            )
        weights = np.zeros((n, n), dtype=np.float32)
        if len(known):
            among = bought[:, known]
            inverse = np.linalg.inv(
                (among.T @ among).toarray().astype(np.float32)
                + l2 * np.eye(len(known), dtype=np.float32)
            )
            weights[np.ix_(known, known)] = -inverse / np.diag(inverse)[None, :]
        return cls(Neighbours.strongest(weights, k=keep or n))

    def scores(self, baskets: Baskets, *, at_us: int) -> NDArray[np.float32]:
        """``[visitors, products]``: the regression's prediction that the visitor has it."""
        return self.neighbours.from_bought(baskets.before(at_us).matrix())
