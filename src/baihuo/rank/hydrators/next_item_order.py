"""How likely visitors turn to each candidate after the product of the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.bundle import NextItems
from baihuo.core import Candidates
from baihuo.index import Generation
from baihuo.rank.request_context import RequestContext
from baihuo.rank.stages import Hydrator


@dataclass(frozen=True)
class NextItemOrder(Hydrator):
    """``next_item``: minus the place among the next items of the product of the page; NaN: none of them.

    A product that came after the training has those of the most similar product that was there.
    """

    next_items: NextItems
    generation: Generation

    def reads(self) -> set[str]:
        return {"from_similar_by_embedding"}

    def writes(self) -> set[str]:
        return {"next_item"}

    def columns(self, context: RequestContext, candidates: Candidates) -> dict[str, NDArray[Any]]:
        order = np.full(len(candidates), np.nan)
        row_of = self.generation.row_of
        rows = np.array([row_of.get(p, -1) for p in self._after(context, candidates)], np.int32)
        is_indexed = rows >= 0
        rows, places = rows[is_indexed], np.flatnonzero(is_indexed)
        by_row = np.argsort(rows, kind="stable")
        at = np.searchsorted(rows[by_row], candidates.rows)
        at[at == len(rows)] = 0
        if len(rows):
            is_next = rows[by_row][at] == candidates.rows
            order[is_next] = -places[by_row][at][is_next]
        return {"next_item": order}

    def _after(self, context: RequestContext, candidates: Candidates) -> list[str]:
        ids = self.generation.product_ids
        after = self.next_items.of(str(ids[context.anchor_row]))
        if after is not None:
            return after
        similarity = candidates.columns["from_similar_by_embedding"]
        found = np.flatnonzero(~np.isnan(similarity))
        for i in found[np.argsort(-similarity[found], kind="stable")].tolist():
            if (of_similar := self.next_items.of(str(ids[candidates.rows[i]]))) is not None:
                return of_similar
        return []
