"""What a visitor saw, as the model of tastes reads it: one function for trainer and server."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from baihuo.core import CATEGORY_SEPARATOR
from baihuo.features import TOP_OF_SEARCH
from baihuo.index import Generation
from baihuo.models import Assortment, Seen, Tastes

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
_MOST_MINOR = 1 << 40  # a higher price counts as this


class Traits:
    """Category, brand and price level of products, by the assortment of when this was made. Thread-safe."""

    def __init__(self, generation: Generation) -> None:
        self._generation = generation
        now = generation.snapshot
        self.category_names = [CATEGORY_SEPARATOR.join(path) for path in now.category_names]
        self.n_brands = len(now.brand_names)
        rows = np.flatnonzero(now.is_live)
        self.category, self.brand = self._groups(rows)
        price = now.price_minor[rows]
        self._prices = np.sort(self._key(self.category, price)[price >= 0])

    def of(self, rows: NDArray[np.int32]) -> tuple[Ints, Ints, Floats]:
        """Categories, brands and price levels ``[rows]`` of index rows."""
        category, brand = self._groups(rows)
        price = self._generation.snapshot.price_minor[rows]
        first, last = (
            np.searchsorted(self._prices, self._key(category + more, np.zeros(len(rows), np.int64)))
            for more in (0, 1)
        )
        key = self._key(category, price)
        cheaper = sum(np.searchsorted(self._prices, key, side) for side in ("left", "right")) / 2
        n = last - first
        is_known = (price >= 0) & (n > 0)
        level = np.where(is_known, (cheaper - first) / np.maximum(n, 1), 0.5)
        return category, brand, level

    def assortment(self, tastes: Tastes) -> Assortment:
        """What is sold, with the habits of all visitors."""
        return tastes.assortment(self.category_names, self.category, self.brand, self.n_brands)

    def _groups(self, rows: NDArray[np.int32] | NDArray[np.intp]) -> tuple[Ints, Ints]:
        """Categories and brands; one more than the last for none, and for one that is new since."""
        now = self._generation.snapshot
        category, brand = (
            codes[rows].astype(np.int64) for codes in (now.category_code, now.brand_code)
        )
        none, no_brand = len(self.category_names), self.n_brands
        return (
            np.where((category >= 0) & (category < none), category, none),
            np.where((brand >= 0) & (brand < no_brand), brand, no_brand),
        )

    @staticmethod
    def _key(category: Ints, price: Ints) -> Ints:
        """Sorts by category, then by price."""
        return category * _MOST_MINOR + np.clip(price, 0, _MOST_MINOR - 1)


def seen_by(visitor: Ints, traits: tuple[Ints, Ints, Floats], counts: NDArray[np.float64]) -> Seen:
    """What visitors saw of products.

    Args:
        visitor: ``[rows]`` 0 …
        traits: of each row's product, from :meth:`Traits.of`.
        counts: ``[rows, features.SEEN]``: how often in 90 days.
    """
    impressions, clicks, carts, at_top, below, clicks_in_searches = counts.T
    category, brand, level = traits
    return Seen(
        visitor=visitor,
        category=category,
        brand=brand,
        level=level,
        shown=np.maximum(impressions - at_top - below, 0),
        clicked=np.maximum(clicks - clicks_in_searches, 0),
        found=at_top + below,
        clicked_found=clicks_in_searches,
        searched=at_top / TOP_OF_SEARCH + clicks_in_searches,
        carted=carts,
    )
