"""Find neighbours of the anchor, or of the last products viewed, by item-to-item weights."""

from __future__ import annotations

import numpy as np

from baihuo.bundle import Purchases
from baihuo.index import Generation
from baihuo.models import Neighbours
from baihuo.rank.request_context import RequestContext
from baihuo.rank.sources.found import NOTHING, Found, found

_N_VIEWED = 8  # last viewed products, if the page has no anchor


def item_neighbours(
    context: RequestContext,
    near: Neighbours,
    purchases: Purchases,
    generation: Generation,
    *,
    k: int,
) -> Found:
    """Return the ``k`` best neighbours, scored relative to the best of each product; older views count less.

    Args:
        context: The request.
        near: Weights in the numbers of ``purchases``.
        purchases: Maps numbers to products.
        generation: The index.
        k: How many to find.
    """
    anchors = [context.anchor_row] if context.anchor_row >= 0 else context.viewed.rows.tolist()
    numbers, scores = [], []
    for index, anchor in enumerate(anchors[:_N_VIEWED]):
        number = purchases.number_of.get(str(generation.product_ids[anchor]), -1)
        if number < 0:
            continue
        others, weights = near.nearest(number)
        if len(others):
            numbers.append(others[:k])
            scores.append(weights[:k] / weights[0] / (1 + index))
    if not numbers:
        return NOTHING
    ids = purchases.product_ids[np.concatenate(numbers)].tolist()
    row_of = generation.row_of
    rows = np.array([row_of.get(p, -1) for p in ids], dtype=np.int32)
    return found(rows, np.concatenate(scores), k=k)
