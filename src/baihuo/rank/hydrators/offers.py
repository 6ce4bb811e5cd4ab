"""Current price, stock, brand and category of each candidate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from baihuo.core import Candidates
from baihuo.index import Generation
from baihuo.rank.request_context import RequestContext
from baihuo.rank.stages import Hydrator


@dataclass(frozen=True)
class Offers(Hydrator):
    """Columns of the index, which follow the catalogue within a fraction of a second."""

    generation: Generation

    def writes(self) -> set[str]:
        return {"price_minor", "stock_units", "brand", "category", "is_listed"}

    def columns(self, context: RequestContext, candidates: Candidates) -> dict[str, NDArray[Any]]:
        snapshot, rows = self.generation.snapshot, candidates.rows
        return {
            "price_minor": snapshot.price_minor[rows],
            "stock_units": snapshot.stock_units[rows],
            "brand": snapshot.brand_code[rows],
            "category": snapshot.category_code[rows],
            "is_listed": snapshot.is_live[rows],
        }
