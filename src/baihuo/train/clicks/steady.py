"""Which model orders a surface after an update: the one that orders it now, unless another is better by more than noise.

A small shop validates on some ninety pages a surface. The best of several models there is the best by chance, and the one that is changed to
has not been tuned by updates before: six updates of shops of 500 products changed 11 of 18 orders, gained no more than with this rule,
and lost up to 0.040 nDCG@10 on a surface instead of 0.012 (docs/decisions/0027).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from baihuo.bundle import ClickModels
from baihuo.evaluate import clustered_mean, ndcg_by_group
from baihuo.models import Predictions
from baihuo.train.clicks.fit import BASELINE_ORDER, DEPTH, ExampleRows, baseline_scores


def steady_order(
    models: ClickModels, before: Mapping[str, str], validation: ExampleRows
) -> dict[str, str]:
    """By surface, what orders it: what did before, where the best of the validation gains no more than a standard error.

    Args:
        models: Fitted; their ``order_by`` is the best of the validation.
        before: By surface, what ordered it before the update.
        validation: The rows that chose.

    Source: the one-standard-error rule of Breiman et al. (1984), over visitors.
    """
    asked = Predictions(models.models, validation.at_top(models.columns), models.columns)
    order_by = dict(models.order_by)
    for surface, best in models.order_by.items():
        kept = before.get(surface)
        is_known = kept in models.models or kept == BASELINE_ORDER.get(surface)
        if kept is None or kept == best or not is_known:
            continue
        mask = validation.surface == surface
        rows = validation.take(mask)
        ndcg = {
            name: ndcg_by_group(
                rows.earned(),
                asked.of(name).scores[mask]
                if name in models.models
                else baseline_scores(name, rows.matrix, models.columns),
                rows.page,
                k=DEPTH,
            )
            for name in (best, kept)
        }
        _, first = np.unique(rows.page, return_index=True)
        gain = clustered_mean(ndcg[best] - ndcg[kept], rows.visitor[first])
        if not gain.mid > gain.error:  # NaN of a single visitor keeps too
            order_by[surface] = kept
    return order_by
