"""Click models compared with those that serve, on the same newest pages."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.bundle import Bundle, ClickModels
from baihuo.core import BadInput
from baihuo.evaluate import ClusteredMean, clustered_mean, ndcg_by_group
from baihuo.train.clicks.fit import DEPTH, ExampleRows, baseline_scores

Scores = NDArray[np.float64]


def order_scores(models: ClickModels, surface: str, rows: ExampleRows) -> Scores:
    """``[rows]`` of one surface, as the models (or the baseline that no model beat) would order them."""
    chosen = models.order_by.get(surface, "popularity")
    if chosen in models.models:
        return models.score(surface, rows.at_top(models.columns)).order
    return baseline_scores(chosen, rows.matrix, models.columns)


def compare_to_live(
    ours: ClickModels, theirs: ClickModels, test: ExampleRows
) -> dict[str, ClusteredMean]:
    """By surface, nDCG@10 of the order we would serve minus theirs, on the same newest pages, over visitors.

    Raises:
        ValueError: the two read different columns.
    """
    if ours.columns != theirs.columns:
        raise ValueError("two bundles that read different columns cannot be compared on one matrix")
    gains = {}
    for surface in np.unique(test.surface).tolist():
        rows = test.take(test.surface == surface)
        if not rows.gains.any():
            continue
        ndcg = [
            ndcg_by_group(rows.earned(), order_scores(models, surface, rows), rows.page, k=DEPTH)
            for models in (ours, theirs)
        ]
        _, first = np.unique(rows.page, return_index=True)
        gains[surface] = clustered_mean(ndcg[0] - ndcg[1], rows.visitor[first])
    return gains


def comparable_live(live: Bundle, ours: ClickModels) -> ClickModels | None:
    """The models that serve; None where they read other columns, or this version cannot open them."""
    try:
        theirs = ClickModels.open(live)
    except BadInput:  # an older version sealed it: training again is what puts that right
        return None
    return None if theirs is None or theirs.columns != ours.columns else theirs


def live_report(
    live: Bundle, theirs: ClickModels | None, ours: ClickModels, test: ExampleRows
) -> dict[str, Any]:
    """By surface, our nDCG@10 minus that of what serves now; nothing where the two cannot be compared."""
    gains = {} if theirs is None else compare_to_live(ours, theirs, test)
    return {
        "bundle_id": live.bundle_id,
        "surfaces": {surface: gain.to_json() for surface, gain in gains.items()},
    }
