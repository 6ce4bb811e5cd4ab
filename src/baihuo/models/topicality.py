"""P(relevant | matching words), by trees: the part of a search's order that clicks must not override."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from baihuo.models.calibrator import Calibrator
from baihuo.models.contract import (
    Examples,
    Files,
    FitContext,
    Floats,
    Model,
    ModelSpec,
    Prediction,
    Scores,
    json_of,
    text_of,
)
from baihuo.models.platt import platt_line
from baihuo.models.trees import Trees, booster_of

_TREES = "trees.txt"
LESS_IS_BETTER = frozenset({"missing"})
"""Inputs with a decreasing effect on the probability; all others increase it."""


@dataclass(frozen=True, slots=True)
class TopicalityConfig:
    """Settings of the trees."""

    n_trees: int = 120
    leaves: int = 12
    learning_rate: float = 0.08
    min_rows_per_leaf: int = 60
    l2: float = 5.0
    seed: int = 7
    threads: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Topicality(Model):
    """Trees with monotone constraints, calibrated by Platt's line.

    More evidence never lowers the probability, so a product without the words never scores above one with them, all else being equal.
    """

    trees: Trees
    calibrator: Calibrator
    columns: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", self.trees.columns)

    def scores(self, matrix: Floats) -> Scores:
        """Calibrated log-odds of relevance: comparable between requests too."""
        first, last = self.calibrator.knots
        low, high = self.calibrator.values
        return np.asarray(low + (high - low) / (last - first) * (self.trees.scores(matrix) - first))

    def probabilities(self, matrix: Floats) -> NDArray[np.float64]:
        """P(relevant)."""
        return np.asarray(1.0 / (1.0 + np.exp(-self.scores(matrix))))

    def predict(self, matrix: Floats) -> Prediction:
        """One pass of the trees for both."""
        scores = self.scores(matrix)
        return Prediction(scores, np.asarray(1.0 / (1.0 + np.exp(-scores))))

    def files(self) -> Files:
        """LightGBM's text, and the line."""
        return {_TREES: self.trees.text, "calibrator.json": self.calibrator.to_json()}

    def importance(self) -> dict[str, float]:
        """Return each input's share of the trees' loss reduction."""
        return self.trees.importance()


def fit(train: Examples, validation: Examples | None, context: FitContext) -> Topicality:
    """Settings are those of :class:`TopicalityConfig`. Continued, a third as many trees grow on top.

    Raises:
        ValueError: all labels are equal.
    """
    import lightgbm

    if len(np.unique(train.labels)) < 2:
        raise ValueError("every pair has the same label")
    config = replace(
        TopicalityConfig(**context.settings), seed=context.seed, threads=context.threads
    )
    before, n_trees = context.continued, config.n_trees
    if before is not None:
        n_trees = max(1, n_trees // 3)
    booster = lightgbm.train(
        _parameters(config, train),
        lightgbm.Dataset(
            train.matrix,
            train.labels,
            weight=train.weights,
            feature_name=list(train.columns),
            free_raw_data=False,
        ),
        num_boost_round=n_trees,
        init_model=None if before is None else booster_of(text_of(before, _TREES), name=_TREES),
    )
    trees = Trees(booster.model_to_string())
    others = train
    if validation is not None and len(np.unique(validation.labels)) == 2:
        others = validation
    return Topicality(trees, _platt(trees.scores(others.matrix), others))


def open_files(files: Files, parts: Mapping[str, Model]) -> Topicality:
    """From :meth:`Topicality.files`."""
    return Topicality(
        Trees(text_of(files, _TREES), name=_TREES),
        Calibrator.from_json(json_of(files, "calibrator.json")),
    )


def _parameters(config: TopicalityConfig, train: Examples) -> dict[str, object]:
    return {
        "objective": "binary",
        "num_leaves": config.leaves,
        "learning_rate": config.learning_rate,
        "min_data_in_leaf": min(config.min_rows_per_leaf, max(1, len(train.labels) // 20)),
        "lambda_l2": config.l2,
        "monotone_constraints": [-1 if c in LESS_IS_BETTER else 1 for c in train.columns],
        "monotone_constraints_method": "intermediate",
        "seed": config.seed,
        "num_threads": config.threads,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }


def _platt(raw: Scores, rows: Examples) -> Calibrator:
    """A line through the log-odds: strictly rising, so it never makes two products equal."""
    slope, start = platt_line(raw, rows.labels, rows.weights)
    slope = max(slope, 1e-3)
    ends = np.array([raw.min(), max(raw.max(), raw.min() + 1e-3)])
    return Calibrator("platt", ends, start + slope * ends)


MODEL = ModelSpec(
    name="topicality", learns="relevance", fit=fit, open=open_files, settings=TopicalityConfig
)
