"""LightGBM models as text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from baihuo.core import BrokenFile, Progress, no_progress
from baihuo.models.tree_text import sound_trees


class Trees:
    """A LightGBM model read from its text: larger scores first.

    It is stored only as text, so loading runs no code.
    """

    def __init__(self, text: str, *, name: str = "the text") -> None:
        """
        Args:
            text: LightGBM's.
            name: of its file, for errors.

        Raises:
            BrokenFile: it is damaged (:func:`baihuo.models.tree_text.sound_trees`).
        """
        self.text = text
        self._booster = booster_of(text, name=name)
        self.columns: tuple[str, ...] = tuple(self._booster.feature_name())

    @property
    def n_trees(self) -> int:
        """How many trees are summed."""
        return int(self._booster.num_trees())

    def scores(
        self, matrix: NDArray[np.float32], *, threads: int = 1, first: int | None = None
    ) -> NDArray[np.float64]:
        """``[rows, columns]`` (NaN: missing) to ``[rows]``, comparable within a query only.

        ``first``: only so many trees are summed; None: all.

        Raises:
            ValueError: another number of columns than the model was trained on.
        """
        if matrix.ndim != 2 or matrix.shape[1] != len(self.columns):
            raise ValueError(f"{matrix.shape} given, want [rows, {len(self.columns)}]")
        if not len(matrix):
            return np.zeros(0)
        return np.asarray(
            self._booster.predict(matrix, raw_score=True, num_threads=threads, num_iteration=first),
            dtype=np.float64,
        )

    def importance(self) -> dict[str, float]:
        """Return each column's share of the trees' loss reduction; the shares sum to 1."""
        gains = self._booster.feature_importance("gain")
        total = float(gains.sum()) or 1.0
        return {c: float(g) / total for c, g in zip(self.columns, gains, strict=True)}


def booster_of(text: str, *, name: str) -> Any:
    """The ``lightgbm.Booster`` of a text; errors as of :class:`Trees`. LightGBM gets only checked text."""
    import lightgbm

    checked = sound_trees(text, name=name)
    try:
        return lightgbm.Booster(model_str=checked)
    except lightgbm.basic.LightGBMError as error:
        raise BrokenFile(
            f"{name} is no model of trees that LightGBM can read: {error}",
            fix="restore it from a copy, or train again: baihuo train",
        ) from error


@dataclass(frozen=True, slots=True)
class TreesConfig:
    """Settings of trees that learn a probability."""

    n_trees: PositiveInt = 80  # more cost time on every page and gain nothing (docs/decisions/0027)
    patience: PositiveInt = 30
    leaves: Annotated[int, Field(ge=2)] = 15
    learning_rate: PositiveFloat = 0.05
    min_rows_per_leaf: PositiveInt = 100
    l2: NonNegativeFloat = 1.0
    column_share: Annotated[float, Field(gt=0, le=1)] = 0.7
    row_share: Annotated[float, Field(gt=0, le=1)] = 0.8
    seed: NonNegativeInt = 7
    threads: PositiveInt = 2


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """Rows with an outcome each."""

    matrix: NDArray[np.float32]  # [rows, columns], NaN: missing
    labels: NDArray[np.float32]  # [rows] 0 or 1
    weights: NDArray[np.float32] | None = None  # [rows] how much a row counts; None: all the same


def fit_trees(
    train: Labelled,
    validation: Labelled,
    columns: tuple[str, ...],
    config: TreesConfig,
    *,
    continued: Trees | None = None,
    progress: Progress = no_progress,
) -> tuple[Trees, list[float]]:
    """Grow trees whose summed scores are log-odds, stopping when log-loss on ``validation`` no longer falls.

    Args:
        columns: Names of the matrix's columns, without white space.
        continued: Add trees to this model instead of starting from scratch.

    Returns:
        The model up to its best tree, and log-loss on ``validation`` after each tree.

    Source: Friedman (2001), as implemented by LightGBM.
    """
    import lightgbm

    curve: dict[str, Any] = {}

    def report_progress(state: Any) -> None:
        done = state.iteration - state.begin_iteration + 1
        progress("growing trees", done, config.n_trees)

    first = _dataset(train, columns)
    booster = lightgbm.train(
        _parameters(config),
        first,
        num_boost_round=config.n_trees,
        valid_sets=[_dataset(validation, columns, first)],
        valid_names=["validation"],
        init_model=None if continued is None else continued._booster,
        callbacks=[
            lightgbm.early_stopping(config.patience, verbose=False),
            lightgbm.record_evaluation(curve),
            report_progress,
        ],
    )
    # ``best_iteration`` counts the trees of ``continued`` too, which the text includes.
    trees = Trees(booster.model_to_string(num_iteration=booster.best_iteration))
    return trees, list(curve["validation"]["binary_logloss"])


def _dataset(rows: Labelled, columns: tuple[str, ...], reference: Any = None) -> Any:
    import lightgbm

    return lightgbm.Dataset(
        rows.matrix,
        label=rows.labels,
        weight=rows.weights,
        feature_name=list(columns),
        reference=reference,
        free_raw_data=False,
    )


def _parameters(config: TreesConfig) -> dict[str, Any]:
    return {
        "objective": "binary",
        "num_leaves": config.leaves,
        "learning_rate": config.learning_rate,
        "min_data_in_leaf": config.min_rows_per_leaf,
        "lambda_l2": config.l2,
        "feature_fraction": config.column_share,
        "bagging_fraction": config.row_share,
        "bagging_freq": 1,
        "seed": config.seed,
        "num_threads": config.threads,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }
