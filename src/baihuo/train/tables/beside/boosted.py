"""Boosted trees over the numbers of a row and what is known of its values; newer rows say how many trees there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Progress
from baihuo.train.tables.beside.forest import Forest
from baihuo.train.tables.beside.regression import Labelled
from baihuo.train.tables.beside.row_inputs import InputShape, RowInputs
from baihuo.train.tables.beside.value_statistics import left_out_statistics, value_statistics

_MOST, _PATIENCE = 2000, 30
_TASK = "boosting"
_SETTINGS: Mapping[str, Any] = {
    "objective": "cross_entropy",
    "learning_rate": 0.05,
    "num_leaves": 15,
    "min_data_in_leaf": 20,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "use_missing": False,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}


def grow_until_best(
    train: Labelled,
    newer: Labelled,
    shape: InputShape,
    *,
    seed: int,
    threads: int,
    progress: Progress,
) -> tuple[Forest, NDArray[np.float32]]:
    """As many trees grown on ``train`` as fit newer rows best, and the statistics that they read."""
    import lightgbm

    statistics = _statistics(train, shape)
    columns = tree_columns(newer.inputs, statistics, shape)
    grown = _grown(
        train,
        shape,
        _MOST,
        seed=seed,
        threads=threads,
        progress=progress,
        valid_sets=[lightgbm.Dataset(columns, newer.labels, weight=newer.weights)],
        more=[lightgbm.early_stopping(_PATIENCE, verbose=False)],
    )
    best = max(1, int(grown.best_iteration))
    return Forest.of_lightgbm(grown.dump_model(num_iteration=best)), statistics


def fit_boosted(
    rows: Labelled,
    shape: InputShape,
    n_rounds: int,
    *,
    seed: int,
    threads: int,
    progress: Progress,
) -> tuple[Forest, NDArray[np.float32]]:
    """So many trees, and the statistics of values that they read, ``[values of categories, 2]``."""
    grown = _grown(rows, shape, n_rounds, seed=seed, threads=threads, progress=progress)
    return Forest.of_lightgbm(grown.dump_model()), _statistics(rows, shape)


def tree_columns(
    inputs: RowInputs, statistics: NDArray[np.float32], shape: InputShape
) -> NDArray[np.float32]:
    """What the trees read: of each category its two statistics, then the numbers: ``[rows, 2 a category and 1 a number]``."""
    return _side_by_side(inputs, statistics[inputs.places[:, : shape.n_categories]], shape)


def _side_by_side(
    inputs: RowInputs, known: NDArray[np.float32], shape: InputShape
) -> NDArray[np.float32]:
    numbers = shape.with_missing(inputs)
    return np.concatenate([known.reshape(len(known), -1), numbers], axis=1, dtype=np.float32)


def _statistics(rows: Labelled, shape: InputShape) -> NDArray[np.float32]:
    places = rows.inputs.places[:, : shape.n_categories]
    return value_statistics(places, rows.labels, rows.weights, _n_known(shape))


def _n_known(shape: InputShape) -> int:
    """Values of categories, which are the first of all."""
    bins = shape.offsets[shape.n_categories :]
    return min(bins) if bins else shape.n_values


def _grown(
    rows: Labelled,
    shape: InputShape,
    n_rounds: int,
    *,
    seed: int,
    threads: int,
    progress: Progress,
    valid_sets: Any = None,
    more: Any = (),
) -> Any:
    import lightgbm

    places = rows.inputs.places[:, : shape.n_categories]
    known = left_out_statistics(places, rows.labels, rows.weights, _n_known(shape), seed=seed)
    columns = _side_by_side(rows.inputs, known, shape)
    train = lightgbm.Dataset(columns, rows.labels, weight=rows.weights, free_raw_data=True)
    for other in valid_sets or ():
        other.set_reference(train)

    def report(state: Any) -> None:
        progress(_TASK, state.iteration + 1, n_rounds)

    return lightgbm.train(
        {**_SETTINGS, "seed": seed % 2**31, "num_threads": threads},
        train,
        num_boost_round=n_rounds,
        valid_sets=valid_sets,
        callbacks=[report, *more],
    )
