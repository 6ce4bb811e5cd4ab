"""Purchases, by trees: which of a visitor's candidates is bought in the weeks to come. It orders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from baihuo.models.contract import (
    Examples,
    Files,
    FitContext,
    Floats,
    Model,
    ModelSpec,
    Scores,
    text_of,
)
from baihuo.models.trees import Trees

N_TREES = 220
BOOSTING: dict[str, Any] = {
    "objective": "lambdarank",
    "lambdarank_truncation_level": 40,
    "num_leaves": 31,
    "learning_rate": 0.05,
    "min_data_in_leaf": 100,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "max_bin": 127,
    "verbose": -1,
    "deterministic": True,
    "force_row_wise": True,
}


@dataclass(frozen=True, slots=True, eq=False)
class PurchaseRanker(Model):
    """Scores of candidates, comparable within a visitor."""

    trees: Trees
    columns: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", self.trees.columns)

    def scores(self, matrix: Floats) -> Scores:
        """Raw scores of the trees."""
        return self.trees.scores(matrix)

    def files(self) -> Files:
        """LightGBM's text."""
        return {"ranker.txt": self.trees.text}

    def importance(self) -> dict[str, float]:
        """Each column's share of the loss that the trees took away."""
        return self.trees.importance()


def fit(train: Examples, validation: Examples | None, context: FitContext) -> PurchaseRanker:
    """Settings: ``n_trees``. Continued, a third as many trees grow on top.

    It stops on nothing: candidates of overlapping windows are no test of each other.
    """
    import lightgbm

    n_trees = int(context.settings.get("n_trees", N_TREES))
    before = None
    if context.continued is not None:
        n_trees = max(1, n_trees // 3)
        before = lightgbm.Booster(model_str=text_of(context.continued, "ranker.txt"))
    order = np.argsort(train.group, kind="stable")
    rows = train.take(order)
    data = lightgbm.Dataset(
        rows.matrix,
        rows.labels,
        group=np.unique(rows.group, return_counts=True)[1],
        weight=rows.weights,
        feature_name=list(rows.columns),
        free_raw_data=False,
    )
    booster = lightgbm.train(
        {**BOOSTING, "seed": context.seed, "num_threads": context.threads},
        data,
        num_boost_round=n_trees,
        init_model=before,
        callbacks=[
            lambda state: context.progress(
                "purchases: ranker", state.iteration - state.begin_iteration + 1, n_trees
            )
        ],
    )
    return PurchaseRanker(Trees(booster.model_to_string()))


def open_files(files: Files, parts: Mapping[str, Model]) -> PurchaseRanker:
    """From :meth:`PurchaseRanker.files`."""
    return PurchaseRanker(Trees(text_of(files, "ranker.txt")))


MODEL = ModelSpec(name="purchase_ranker", learns="purchases", fit=fit, open=open_files)
