"""What stands beside the product of the page, or beside the last ones viewed, by weights between products."""

from __future__ import annotations

import numpy as np

from baihuo.bundle import Purchases
from baihuo.index import Generation
from baihuo.models import Neighbours
from baihuo.rank.request_context import RequestContext
from baihuo.rank.sources.found import NOTHING, Found, found

_N_VIEWED = 8  # of the last products viewed, where the page has no product of its own


def beside(
    context: RequestContext,
    near: Neighbours,
    purchases: Purchases,
    generation: Generation,
    *,
    k: int,
) -> Found:
    """The ``k`` best, each in units of the best beside its product; older views count less.

    Args:
        context: The request.
        near: In the numbers of ``purchases``.
        purchases: What the numbers stand for.
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
