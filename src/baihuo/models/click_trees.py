"""Clicks, by trees over all columns: P(click), and its log-odds as the order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from scipy.special import expit

from baihuo.models.contract import (
    Examples,
    Files,
    FitContext,
    Floats,
    Model,
    ModelSpec,
    Prediction,
    Scores,
    text_of,
)
from baihuo.models.trees import Labelled, Trees, TreesConfig, fit_trees

_TREES = "trees.txt"


@dataclass(frozen=True, slots=True, eq=False)
class ClickTrees(Model):
    """LightGBM's trees. Of pages alone an order is learned that holds within what the log's order chose; a probability also says
    who clicks at all, so it orders products that no page had side by side (docs/decisions/0027)."""

    trees: Trees
    columns: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", self.trees.columns)

    def scores(self, matrix: Floats) -> Scores:
        """Log-odds of a click."""
        return self.trees.scores(matrix)

    def probabilities(self, matrix: Floats) -> Scores | None:
        """P(click), not calibrated."""
        return self.predict(matrix).probabilities

    def predict(self, matrix: Floats) -> Prediction:
        """One pass for both."""
        scores = self.scores(matrix)
        return Prediction(scores, expit(scores))

    def files(self) -> Files:
        """LightGBM's text."""
        return {_TREES: self.trees.text}

    def importance(self) -> dict[str, float]:
        """Return each column's share of the trees' loss reduction."""
        return self.trees.importance()


def fit(train: Examples, validation: Examples | None, context: FitContext) -> ClickTrees:
    """Settings are those of :class:`TreesConfig`. When continued, a third as many trees are added."""
    config = replace(TreesConfig(**context.settings), seed=context.seed, threads=context.threads)
    before = context.continued
    if before is not None:
        config = replace(config, n_trees=max(1, config.n_trees // 3))
    newer = train if validation is None else validation
    trees, curve = fit_trees(
        Labelled(train.matrix, train.labels, train.weights),
        Labelled(newer.matrix, newer.labels, newer.weights),
        train.columns,
        config,
        continued=None if before is None else Trees(text_of(before, _TREES), name=_TREES),
        progress=context.progress,
    )
    context.curves["validation_loss"] = curve
    return ClickTrees(trees)


def open_files(files: Files, parts: Mapping[str, Model]) -> ClickTrees:
    """Open from :meth:`ClickTrees.files`."""
    return ClickTrees(Trees(text_of(files, _TREES), name=_TREES))


MODEL = ModelSpec(
    name="trees",
    learns="clicks",
    fit=fit,
    open=open_files,
    settings=TreesConfig,
    searched={
        "learning_rate": {"low": 0.02, "high": 0.3, "log": True},
        "leaves": {"low": 7, "high": 63},
        "min_rows_per_leaf": {"low": 10, "high": 200},
        "l2": {"low": 0.1, "high": 20.0, "log": True},
    },
)
