"""Feature selection for the click models, on the training window alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from baihuo.evaluate import auc
from baihuo.features import (
    SelectSpec,
    l1_weights,
    mutual_information,
    permutation_importance,
    strongest_columns,
)
from baihuo.model_inputs import AT_SERVING
from baihuo.train.clicks.examples import Split

Floats = NDArray[np.float32]
ALWAYS = frozenset(
    {
        *AT_SERVING,
        "product_purchases_28d",
        "product_clicks_28d",
        "own_purchases_decayed",
        "bm25",
        "relevance",
    }
)
"""Columns that baselines use and columns that serving sets to a constant: always kept."""
_HELD_OUT, _MAX_ROWS = 0.25, 20_000


def selected(
    spec: SelectSpec,
    columns: tuple[str, ...],
    matrix: Floats,
    examples: pa.Table,
    split: Split,
    *,
    seed: int,
) -> tuple[tuple[str, ...], Floats]:
    """The columns that are kept, and their part of the matrix."""
    is_train = examples.column("at_us").to_numpy() < split.validation_from_us
    labels = examples.column("is_clicked").to_numpy()[is_train]
    weights = column_weights(spec, matrix[is_train], labels, seed=seed)
    kept = strongest_columns(weights, columns, keep=spec.keep, always=ALWAYS)
    return kept, matrix[:, [columns.index(c) for c in kept]]


def column_weights(
    spec: SelectSpec, matrix: Floats, labels: NDArray[Any], *, seed: int
) -> NDArray[np.float64]:
    """``[columns]``, larger is worth more; 0 or less is worth nothing. Rows are in the order of time."""
    if spec.by == "mutual_information":
        return mutual_information(matrix, labels)
    if spec.by == "l1":
        return l1_weights(matrix, labels, keep=spec.keep, seed=seed)
    return _permuted(matrix, labels, seed=seed)


def _permuted(matrix: Floats, labels: NDArray[Any], *, seed: int) -> NDArray[np.float64]:
    """AUC lost on the newest quarter of the rows, by trees grown on the older ones."""
    import lightgbm

    cut = int(len(labels) * (1 - _HELD_OUT))
    model = lightgbm.train(
        {
            "objective": "binary",
            "num_leaves": 31,
            "min_data_in_leaf": 50,
            "seed": seed,
            "num_threads": 2,
            "deterministic": True,
            "force_row_wise": True,
            "verbosity": -1,
        },
        lightgbm.Dataset(matrix[:cut], labels[:cut]),
        num_boost_round=80,
    )
    held_out, labels_held_out = (
        matrix[cut:][-_MAX_ROWS:],
        labels[cut:][-_MAX_ROWS:].astype(np.float64),
    )
    if labels_held_out.min(initial=1) == labels_held_out.max(initial=0):
        return np.zeros(matrix.shape[1])

    def score(rows: Floats) -> float:
        return auc(np.asarray(model.predict(rows, raw_score=True), np.float64), labels_held_out)

    return permutation_importance(score, held_out, n_repeats=2, seed=seed)
