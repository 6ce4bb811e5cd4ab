"""Clicks, by trees: LambdaRank over all columns. It gives an order, no probability."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from baihuo.models.contract import (
    Examples,
    Files,
    FitContext,
    Floats,
    Model,
    ModelSpec,
    Scores,
    json_of,
    text_of,
)
from baihuo.models.trees import Ranked, Trees, TreesConfig, fit_ranker

_TREES = "ranker.txt"


@dataclass(frozen=True, slots=True, eq=False)
class ClickTrees(Model):
    """Scores of the trees in units of their spread within a request, so that other models' scores can be added."""

    trees: Trees
    scale: float = 1.0  # spread of raw scores within a request, on validation rows as served
    columns: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", self.trees.columns)

    def scores(self, matrix: Floats) -> Scores:
        """Raw scores over their spread."""
        return self.trees.scores(matrix) / self.scale

    def files(self) -> Files:
        """LightGBM's text, and the spread."""
        return {_TREES: self.trees.text, "scale.json": {"scale": self.scale}}

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
    trees, curve = fit_ranker(
        _ranked(train),
        _ranked(newer),
        train.columns,
        config,
        continued=None if before is None else Trees(text_of(before, _TREES), name=_TREES),
        progress=context.progress,
    )
    context.curves["validation_ndcg"] = curve
    return ClickTrees(
        trees, _spread(trees.scores(newer.as_served(context.at_serving)), newer.group)
    )


def open_files(files: Files, parts: Mapping[str, Model]) -> ClickTrees:
    """Open from :meth:`ClickTrees.files`."""
    return ClickTrees(
        Trees(text_of(files, _TREES), name=_TREES), float(json_of(files, "scale.json")["scale"])
    )


def _ranked(rows: Examples) -> Ranked:
    """Prepare rows for the ranker, without groups that have no outcome to learn from."""
    _, number = np.unique(rows.group, return_inverse=True)
    kept = np.flatnonzero((np.bincount(number, rows.gains) > 0)[number])
    kept = kept[np.argsort(number[kept], kind="stable")]
    n_by_group = np.bincount(number[kept])
    return Ranked(
        rows.matrix[kept],
        rows.gains[kept],
        n_by_group[n_by_group > 0].astype(np.int64),
        None if rows.weights is None else rows.weights[kept],
    )


def _spread(scores: Scores, group: NDArray[np.int64]) -> float:
    """Return the spread within a group: an offset of a whole group does not order it."""
    _, number = np.unique(group, return_inverse=True)
    within = scores - (np.bincount(number, scores) / np.bincount(number))[number]
    return float(within.std()) or 1.0


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
