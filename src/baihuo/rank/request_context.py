"""The context of a request: the query and the history of the visitor, shared by all stages."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from baihuo.bundle import Purchases
from baihuo.core import Query, VisitorBasics
from baihuo.features import FeatureState, History
from baihuo.index import AnswerSet, Generation
from baihuo.model_inputs import InteractionHistory
from baihuo.models import DAY_US, PurchaseScores

_NOTHING = InteractionHistory(np.empty(0, np.int32), np.empty(0, np.int64))


class Beside:
    """Products that an auction on the page wants predictions for, read by the click model in one call with the page's own candidates.

    ``features``, ``[page's candidates, then those beside, names]``, and ``p_click`` of the same are None until the page's stages set them.
    """

    def __init__(self, rows_of: Callable[[], NDArray[np.int32]]) -> None:
        """``rows_of`` returns the index rows; called once."""
        self.rows_of, self.n_page = rows_of, 0
        self.features: NDArray[np.float32] | None = None
        self.p_click: NDArray[np.float64] | None = None


class RequestContext:
    """A query with the history of its visitor. Properties are computed at their first use."""

    beside: Beside | None = None

    def __init__(
        self,
        query: Query,
        generation: Generation,
        state: FeatureState,
        *,
        purchases: Purchases | None = None,
        answer: AnswerSet | None = None,
        anchor_row: int = -1,
    ) -> None:
        """``answer``: answer set of a search; ``anchor_row``: index row of the product of the page."""
        self.query, self.answer, self.anchor_row = query, answer, anchor_row
        self._generation, self._state, self._purchases = generation, state, purchases

    @cached_property
    def history(self) -> History:
        """The history of the visitor, in rows of the feature state."""
        return self._state.history(self.query.visitor_id)

    @cached_property
    def basics(self) -> VisitorBasics:
        """The visitor's basics from this request and earlier."""
        return self.query.basics.over(self._state.basics(self.query.visitor_id))

    @cached_property
    def clicked(self) -> InteractionHistory:
        """Clicked products, newest first, as index rows (-1: no longer indexed)."""
        return self._interactions(self.history.clicked_rows, self.history.clicked_at_us)

    @cached_property
    def carted(self) -> InteractionHistory:
        """Products added to the cart, newest first, as index rows (-1: no longer indexed)."""
        return self._interactions(self.history.carted_rows, self.history.carted_at_us)

    @cached_property
    def purchased(self) -> InteractionHistory:
        """Purchased products, newest first, as index rows (-1: no longer indexed)."""
        return self._interactions(self.history.purchased_rows, self.history.purchased_at_us)

    @cached_property
    def searched(self) -> InteractionHistory:
        """Products at the top of the visitor's searches, newest first, as index rows (-1: no longer indexed)."""
        return self._interactions(self.history.searched_rows, self.history.searched_at_us)

    @cached_property
    def seen(self) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """Indexed products that the visitor saw or touched, and how often each: ``[products, features.SEEN]``."""
        row_of = self._generation.row_of
        ids = self._ids(self.history.seen_rows)
        rows = np.array([row_of.get(product_id, -1) for product_id in ids], np.int32)
        return rows[rows >= 0], self.history.seen_n[rows >= 0]

    @cached_property
    def viewed(self) -> InteractionHistory:
        """Products clicked or added to the cart, each once, newest first, only indexed ones."""
        if not (len(self.clicked.rows) or len(self.carted.rows)):
            return _NOTHING
        rows = np.concatenate([self.clicked.rows, self.carted.rows])
        at_us = np.concatenate([self.clicked.at_us, self.carted.at_us])
        newest = np.argsort(-at_us, kind="stable")
        newest = newest[rows[newest] >= 0]
        _, first = np.unique(rows[newest], return_index=True)
        chosen = newest[np.sort(first)]
        return InteractionHistory(rows[chosen], at_us[chosen])

    @cached_property
    def look(self) -> PurchaseScores | None:
        """Scores of the purchase model for this visitor; None without a model or known purchases."""
        history = self.history
        if self._purchases is None or not len(history.purchased_rows):
            return None
        bought = self._purchases.history(
            self._ids(history.purchased_rows),
            history.purchased_n,
            np.maximum(self.query.at_us - history.purchased_at_us, 0) / DAY_US,
            history.purchased_weight,
            history.purchased_weight_short,
            history.purchased_weight_long,
            history.purchased_units,
        )
        return (
            self._purchases.model.candidate_features.score_products(bought)
            if len(bought.n)
            else None
        )

    def _ids(self, state_rows: NDArray[np.int32]) -> list[str]:
        ids = self._state.product_ids
        return [ids[row] for row in state_rows.tolist()]

    def _interactions(
        self, state_rows: NDArray[np.int32], at_us: NDArray[np.int64]
    ) -> InteractionHistory:
        if not len(state_rows):
            return _NOTHING
        row_of = self._generation.row_of
        rows = [row_of.get(product_id, -1) for product_id in self._ids(state_rows)]
        return InteractionHistory(np.array(rows, dtype=np.int32), np.asarray(at_us, dtype=np.int64))
