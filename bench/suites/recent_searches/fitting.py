"""Click models with some of the columns, and what their orders are worth on the newest pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from baihuo.evaluate import log_loss_by_row, ndcg_by_group
from baihuo.models import FitContext, Predictions, models_of
from baihuo.train import ClickTraining, probabilities
from baihuo.train.clicks.fit import DEPTH, ExampleRows, fit_clicks

Floats = NDArray[np.float64]


def true_attraction(file: Path, event_ids: list[str]) -> Floats:
    """The simulator's P(click, once looked at) of each impression; NaN where it has none."""
    truth = pq.read_table(file, columns=["event_id", "p", "examination"])
    p, examined = (truth.column(name).to_numpy() for name in ("p", "examination"))
    liked = np.divide(p, examined, out=np.full(len(p), np.nan), where=examined > 0)
    known = dict(zip(truth.column("event_id").to_pylist(), liked.tolist(), strict=True))
    return np.array([known.get(e, np.nan) for e in event_ids])


def page_values(
    parts: Sequence[ExampleRows],
    columns: tuple[str, ...],
    chosen: tuple[str, ...],
    liked: Floats,
    *,
    config: ClickTraining,
    seeds: Sequence[int],
) -> dict[str, Floats]:
    """By measure: ``clicks`` and ``true`` a value a test page, ``log_loss`` one a row; averaged scores of ``seeds``.

    Args:
        parts: Training, validation and test rows with ``columns``.
        chosen: Those of the columns that models read.
        liked: ``[test rows]`` of :func:`true_attraction`.
    """
    at = [columns.index(name) for name in chosen]
    train, validation, test = (replace(one, matrix=one.matrix[:, at]) for one in parts)
    widest = max(models_of("clicks"), key=lambda spec: len(spec.made_of)).name
    orders, p_clicks = [], []
    for seed in seeds:
        models = fit_clicks(
            train, validation, chosen, settings=config.models, context=FitContext(seed=seed)
        ).models
        asked = Predictions(models.models, test.at_top(chosen), chosen)
        orders.append(asked.of(widest).scores)
        p_clicks.append(probabilities(models, test))
    order = np.mean(orders, axis=0)
    is_known = ~np.isnan(liked)
    n_pages = len(np.unique(test.page))
    true = np.full(n_pages, np.nan)
    _, page = np.unique(test.page, return_inverse=True)
    kept = np.unique(page[is_known])
    true[kept] = ndcg_by_group(liked[is_known], order[is_known], page[is_known], k=DEPTH)
    return {
        "clicks": ndcg_by_group(test.earned(), order, test.page, k=DEPTH),
        "true": true,
        "log_loss": log_loss_by_row(np.mean(p_clicks, axis=0), test.clicks),
    }
