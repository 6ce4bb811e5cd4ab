"""Two outcomes of a row, one after the other: a click, and a purchase of what was clicked.

On disk they are one label: 0 nothing, 1 clicked, 2 clicked and bought.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from baihuo.core import BadInput
from baihuo.evaluate import auc, log_loss
from baihuo.train.tables.columns import Columns
from baihuo.train.tables.encode_rows import encode_outcome


def encode_label(
    batch: pa.RecordBatch, columns: Columns, path: Path, n_before: int
) -> NDArray[np.float32]:
    """The label of each row; of two outcomes their sum.

    Raises:
        BadInput: a value is missing or infinite; of two outcomes also: one is not 0 or 1, or the second is without the first.
    """
    first = encode_outcome(batch, columns.label, path, n_before)
    if columns.then is None:
        return first
    second = encode_outcome(batch, columns.then, path, n_before)
    for name, values in ((columns.label, first), (columns.then, second)):
        wrong = (values != 0) & (values != 1)
        if wrong.any():
            row = int(wrong.argmax())
            raise BadInput(
                f"{path}, row {n_before + row + 1:,}, column {name!r}: {values[row]:g} is not 0 or 1",
                fix="give 1 where it happened and 0 where it did not",
            )
    alone = second > first
    if alone.any():
        row = int(alone.argmax())
        raise BadInput(
            f"{path}, row {n_before + row + 1:,}: {columns.then!r} is 1 and {columns.label!r} is 0",
            fix=f"{columns.then!r} counts what came after {columns.label!r}: correct that row, or take it out",
        )
    return np.asarray(first + second, dtype=np.float32)


def measure_funnel(
    probabilities: NDArray[np.float32], labels: NDArray[np.float32]
) -> dict[str, float]:
    """Of ``[rows, 2]``, P(first) and P(second | first), and labels 0, 1, 2.

    ``auc``: of the first outcome; ``auc_joint``: of both, on all rows; ``auc_then``: of the second among rows with the first;
    ``log_loss``: of the first and of both, summed, in nats.
    """
    first, both = labels >= 1, labels >= 2
    p_first = probabilities[:, 0].astype(np.float64)
    p_both = p_first * probabilities[:, 1]
    found = {}
    for name, scores, outcome in (
        ("auc", p_first, first),
        ("auc_joint", p_both, both),
        ("auc_then", probabilities[first, 1].astype(np.float64), both[first]),
    ):
        if outcome.any() and not outcome.all():
            found[name] = auc(scores, outcome.astype(np.float64))
    found["log_loss"] = log_loss(p_first, first.astype(np.float64)) + log_loss(
        p_both, both.astype(np.float64)
    )
    return found
