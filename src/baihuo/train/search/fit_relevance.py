"""Fit every registered model of relevance, and choose the one that predicts held-out queries best."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from baihuo.bundle import SearchOrder
from baihuo.core import Progress, no_progress
from baihuo.evaluate import log_loss
from baihuo.models import FitContext, fit_models
from baihuo.train.search.relevance_examples import RelevanceExamples

HELD_OUT_SHARE = 0.2  # of the queries: they stop, calibrate and choose


@dataclass(frozen=True, slots=True)
class FittedRelevance:
    """An order by relevance alone, and the log-loss of each model on held-out queries."""

    order: SearchOrder
    log_loss: dict[str, float]


def fit_relevance(
    examples: RelevanceExamples,
    *,
    seed: int = 7,
    threads: int = 1,
    progress: Progress = no_progress,
) -> FittedRelevance:
    """Models fitted on most queries, chosen on the rest.

    Raises:
        ValueError: all labels are equal.
    """
    drawn = np.random.default_rng(seed).random(int(examples.query.max()) + 1)
    is_held_out = (drawn < HELD_OUT_SHARE)[examples.query]
    if len(np.unique(examples.labels[is_held_out])) < 2:
        is_held_out[:] = False  # too few queries: everything trains, and calibrates itself
    train = examples.for_models(~is_held_out)
    validation = examples.for_models(is_held_out) if is_held_out.any() else None
    context = FitContext(seed=seed, threads=threads, progress=progress)
    models = fit_models("relevance", train, validation, context, settings={})
    rows = train if validation is None else validation
    losses = {}
    for name, model in models.items():
        p = model.probabilities(rows.only(model.columns).matrix)
        if p is not None:  # bands are of probabilities: a model that only orders has none
            losses[name] = log_loss(p, rows.labels)
    best = min(losses, key=lambda name: losses[name])
    return FittedRelevance(SearchOrder(best, models, 0.0), losses)
