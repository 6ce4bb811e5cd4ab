"""The sequences of a shop's visitors, from clean events."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.engine import Source, Tables, sql_file
from baihuo.index import Generation
from baihuo.model_inputs import index_rows
from baihuo.models import Sequences, Texts

_STEPS = sql_file(__file__, "steps")


@dataclass(frozen=True, slots=True, eq=False)
class VisitorSteps:
    """What visitors turned to, ``[steps]`` each: visitor by visitor, oldest first."""

    visitor: NDArray[np.int64]  # a number each, ascending
    item: NDArray[np.int32]  # number of the product
    at_us: NDArray[np.int64]  # received
    product_ids: NDArray[np.object_]  # what the numbers stand for

    @property
    def n_items(self) -> int:
        """Products, with steps or without."""
        return len(self.product_ids)

    def before(self, at_us: int) -> Sequences:
        """One sequence a visitor, of what was received before ``at_us``; single items say nothing of order."""
        is_before = self.at_us < at_us
        return Sequences.of(
            [s for s in _by_visitor(self.visitor[is_before], self.item[is_before]) if len(s) > 1],
            n_items=self.n_items,
        )

    def pairs_since(
        self, at_us: int
    ) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64]]:
        """Steps from ``at_us`` on: the item before, the item that came, and the visitor, ``[pairs]`` each."""
        came = np.flatnonzero((self.visitor[1:] == self.visitor[:-1]) & (self.at_us[1:] >= at_us))
        return self.item[came], self.item[came + 1], self.visitor[came]

    def with_items(self, kept: NDArray[np.intp]) -> VisitorSteps:
        """Of these items alone, in new numbers."""
        number = np.full(self.n_items, -1, np.int32)
        number[kept] = np.arange(len(kept), dtype=np.int32)
        is_kept = number[self.item] >= 0
        visitor, item, at_us = (
            self.visitor[is_kept],
            number[self.item[is_kept]],
            self.at_us[is_kept],
        )
        return _joined(visitor, item, at_us, self.product_ids[kept])


def read_steps(
    tables: Tables, generation: Generation, *, events: Source, products: Source
) -> VisitorSteps:
    """Clicks, additions to the cart and purchases of products of the index; an item is its row there.

    Args:
        tables: The engine.
        generation: The index, built from ``products``.
        events: Of :data:`baihuo.core.tables.EVENTS`, clean.
        products: Of :data:`baihuo.core.tables.PRODUCTS`, clean.
    """
    table = tables.sql(_STEPS(), events=events, products=products)
    _, visitor = np.unique(table["visitor_id"].to_pylist(), return_inverse=True)
    item = index_rows(generation, table["product_id"])
    is_there = item >= 0
    return _joined(
        visitor[is_there].astype(np.int64),
        item[is_there],
        table["received_at_us"].to_numpy()[is_there],
        generation.product_ids,
    )


def item_texts(generation: Generation, rows: NDArray[np.intp]) -> Texts:
    """What the index says of the products in ``rows``."""
    fields = [generation.product(row) for row in rows.tolist()]
    if generation.snapshot.segments[0].vectors:
        vectors = np.asarray(generation.taste_vectors[rows], dtype=np.float32)
    else:  # no product has a text
        vectors = np.zeros((len(rows), 1), np.float32)
    return Texts.of([p.title for p in fields], [p.brand or "" for p in fields], vectors)


def _joined(
    visitor: NDArray[np.int64],
    item: NDArray[np.int32],
    at_us: NDArray[np.int64],
    product_ids: NDArray[np.object_],
) -> VisitorSteps:
    """Without what comes twice in a row, also where something between was left out."""
    is_first = np.ones(len(item), np.bool_)
    is_first[1:] = (visitor[1:] != visitor[:-1]) | (item[1:] != item[:-1])
    return VisitorSteps(visitor[is_first], item[is_first], at_us[is_first], product_ids)


def _by_visitor(visitor: NDArray[np.int64], item: NDArray[np.int32]) -> list[NDArray[np.int32]]:
    return np.split(item, np.flatnonzero(np.diff(visitor)) + 1) if len(item) else []
