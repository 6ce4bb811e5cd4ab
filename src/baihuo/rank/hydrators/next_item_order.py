"""Rank of each candidate as the next item after the anchor."""

from __future__ import annotations

from dataclasses import dataclass, field
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
    """``next_item``: minus the rank among the anchor's next items; NaN: not among them. An anchor newer than the training uses the most
    similar known product.
    """

    next_items: NextItems
    generation: Generation
    _rows: NDArray[np.int32] = field(
        init=False
    )  # [products] by number, -1: unknown or not looked up yet

    def __post_init__(self) -> None:
        object.__setattr__(self, "_rows", np.full(len(self.next_items.product_ids), -1, np.int32))

    def reads(self) -> set[str]:
        return {"from_similar_by_embedding"}

    def writes(self) -> set[str]:
        return {"next_item"}

    def columns(self, context: RequestContext, candidates: Candidates) -> dict[str, NDArray[Any]]:
        order = np.full(len(candidates), np.nan)
        rows = self._rows_of(self._after(context, candidates))
        is_indexed = rows >= 0  # also for deleted products: they are never candidates
        rows, places = rows[is_indexed], np.flatnonzero(is_indexed)
        by_row = np.argsort(rows, kind="stable")
        at = np.searchsorted(rows[by_row], candidates.rows)
        at[at == len(rows)] = 0
        if len(rows):
            is_next = rows[by_row][at] == candidates.rows
            order[is_next] = -places[by_row][at][is_next]
        return {"next_item": order}

    def _rows_of(self, numbers: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return rows by number. A product keeps its row in a generation, so each is looked up once."""
        rows = self._rows[numbers]
        row_of, ids = self.generation.row_of, self.next_items.product_ids
        for i in np.flatnonzero(rows < 0).tolist():
            rows[i] = self._rows[numbers[i]] = row_of.get(ids[numbers[i]], -1)
        return rows

    def _after(self, context: RequestContext, candidates: Candidates) -> NDArray[np.int32]:
        ids = self.generation.product_ids
        after = self.next_items.numbers_after(str(ids[context.anchor_row]))
        if after is not None:
            return after
        similarity = candidates.columns["from_similar_by_embedding"]
        found = np.flatnonzero(~np.isnan(similarity))
        for i in found[np.argsort(-similarity[found], kind="stable")].tolist():
            of_similar = self.next_items.numbers_after(str(ids[candidates.rows[i]]))
            if of_similar is not None:
                return of_similar
        return np.empty(0, np.int32)
