"""Purchases as columns: the input of all purchase models."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Baskets:
    """An entry for each purchased line. Visitors and products are numbers; their ids are stored elsewhere.

    All arrays have one length. ``order`` numbers baskets: lines of one order, or of one visitor's day if orders have no id. Every method
    below has a time limit: later lines are ignored.
    """

    visitor: NDArray[np.int32]
    product: NDArray[np.int32]
    order: NDArray[np.int64]
    at_us: NDArray[np.int64]  # our clock, UTC
    quantity: NDArray[np.float32]  # units
    price: NDArray[np.float32]  # of one unit, in minor units; NaN: unknown
    n_visitors: int
    n_products: int

    def __post_init__(self) -> None:
        columns = (self.product, self.order, self.at_us, self.quantity, self.price)
        if any(len(c) != len(self.visitor) for c in columns):
            raise ValueError("the columns of baskets differ in length")

    def __len__(self) -> int:
        return len(self.visitor)

    def take(self, mask: NDArray[np.bool_]) -> Baskets:
        """The lines where ``mask`` holds; numbers of visitors and products stay."""
        return Baskets(
            self.visitor[mask],
            self.product[mask],
            self.order[mask],
            self.at_us[mask],
            self.quantity[mask],
            self.price[mask],
            self.n_visitors,
            self.n_products,
        )

    def before(self, at_us: int) -> Baskets:
        """Return the lines before ``at_us``."""
        return self.take(self.at_us < at_us)

    def between(self, start_us: int, stop_us: int) -> Baskets:
        """Lines in ``[start_us, stop_us)``."""
        return self.take((self.at_us >= start_us) & (self.at_us < stop_us))

    def for_visitors(self, visitors: NDArray[np.int32]) -> Baskets:
        """The lines of ``visitors``, who are renumbered 0, 1, … in that order."""
        new = np.full(self.n_visitors, -1, dtype=np.int32)
        new[visitors] = np.arange(len(visitors), dtype=np.int32)
        lines = self.take(new[self.visitor] >= 0)
        return Baskets(
            new[lines.visitor],
            lines.product,
            lines.order,
            lines.at_us,
            lines.quantity,
            lines.price,
            len(visitors),
            self.n_products,
        )

    def age_days(self, at_us: int) -> NDArray[np.float64]:
        """Days from each line to ``at_us``."""
        return (at_us - self.at_us) / DAY_US

    def once_a_day(self) -> Baskets:
        """The first line of each (visitor, product, day): an order entered twice counts once."""
        if not len(self):
            return self
        day = (self.at_us - self.at_us.min()) // DAY_US
        pair = self.visitor.astype(np.int64) * self.n_products + self.product
        _, first = np.unique(pair * (int(day.max()) + 1) + day, return_index=True)
        mask = np.zeros(len(self), dtype=bool)
        mask[first] = True
        return self.take(mask)

    def first_of_pairs(self) -> Baskets:
        """The oldest line of each (visitor, product): when a product entered a history."""
        oldest = np.argsort(self.at_us, kind="stable")
        pair = self.visitor.astype(np.int64) * max(1, self.n_products) + self.product
        _, first = np.unique(pair[oldest], return_index=True)
        mask = np.zeros(len(self), dtype=bool)
        mask[oldest[first]] = True
        return self.take(mask)

    def matrix(self, weights: NDArray[np.float64] | None = None) -> scipy.sparse.csr_matrix:
        """Return ``[visitors, products]``: 1 if bought, or the sum of the lines' ``weights``."""
        values = np.ones(len(self), np.float32) if weights is None else weights.astype(np.float32)
        matrix = scipy.sparse.csr_matrix(
            (values, (self.visitor, self.product)), shape=(self.n_visitors, self.n_products)
        )
        matrix.sum_duplicates()
        if weights is None:
            matrix.data[:] = 1.0
        return matrix

    def orders(self, at_us: int) -> tuple[scipy.sparse.csr_matrix, NDArray[np.float64]]:
        """``[orders, products]``, 1 where the order has it, and the age of each order in days."""
        _, first, order = np.unique(self.order, return_index=True, return_inverse=True)
        ones = np.ones(len(self), np.float32)
        inside = scipy.sparse.csr_matrix(
            (ones, (order, self.product)), (len(first), self.n_products)
        )
        inside.sum_duplicates()
        inside.data[:] = 1.0
        return inside, self.age_days(at_us)[first]

    def n_buyers(self) -> NDArray[np.float64]:
        """Return ``[products]``, the number of buyers of each."""
        return np.asarray(self.matrix().sum(axis=0), dtype=np.float64).ravel()
