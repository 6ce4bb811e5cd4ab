"""What a turn asks of the shop's catalogue and of its search page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from baihuo.assist.turns import Language
from baihuo.core import Product


class Shelf(Protocol):
    """The catalogue as it is now."""

    def product(self, product_id: str) -> Product | None:
        """One product, with price and stock as they are now; None where there is none."""

    def search(
        self, text: str, *, visitor_id: str, language: Language, n: int
    ) -> Sequence[Product]:
        """What the search page shows for these words, in its order; empty where nothing is served."""
