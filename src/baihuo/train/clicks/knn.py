"""Item kNN over clicks and purchases: a baseline of the click models."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from baihuo.model_inputs import page_groups, visits
from baihuo.models import Baskets, ItemKnn
from baihuo.train.clicks.data import ClickData
from baihuo.train.clicks.inputs import ClickSource

_MAX_PRODUCTS = 12_000  # the product × product table is dense while it is counted


def knn_scores(
    source: ClickSource, data: ClickData, *, mask: NDArray[np.bool_]
) -> NDArray[np.float64] | None:
    """``[rows of mask]``: cosines with what the visitor had clicked or bought before the page, summed.

    Neighbours come from before the test; the visitor's own past is as fresh as the page. None for a
    catalogue too large to count densely.
    """
    generation = source.generation
    if generation.n > _MAX_PRODUCTS:
        return None
    pasts = [
        visits(source.tables, generation, events=source.events, event_type=event_type)
        for event_type in ("click", "purchase")
    ]
    number: dict[str, int] = {}
    visitor, product, at_us = [], [], []
    for past in pasts:
        for visitor_id, (start, stop) in past.start.items():
            n = number.setdefault(visitor_id, len(number))
            visitor.append(np.full(stop - start, n, np.int32))
        product.append(past.rows)
        at_us.append(past.at_us)
    rows = np.concatenate(product)
    is_there = rows >= 0
    baskets = Baskets(
        np.concatenate(visitor)[is_there],
        rows[is_there],
        np.zeros(int(is_there.sum()), np.int64),
        np.concatenate(at_us)[is_there],
        np.ones(int(is_there.sum()), np.float32),
        np.full(int(is_there.sum()), np.nan, np.float32),
        len(number),
        generation.n,
    )
    weights = ItemKnn.fit(baskets, at_us=data.split.test_from_us).neighbours.weights
    examples = data.examples.filter(mask)
    candidates = data.index_rows[mask]
    scores = np.zeros(len(candidates))
    for start, stop in page_groups(examples):
        page = examples.slice(start, 1).to_pylist()[0]
        touched_before = [p.before(page["visitor_id"], page["at_us"]).rows for p in pasts]
        touched = np.unique(np.concatenate(touched_before))
        touched = touched[touched >= 0]
        if len(touched):
            summed = np.asarray(weights[touched].sum(axis=0)).ravel()
            scores[start:stop] = summed[candidates[start:stop]]
    return scores
