"""What a network's outputs are worth on rows with known labels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from baihuo.evaluate import auc, log_loss
from baihuo.train.tables.rows_on_disk import RowsOnDisk


def measure(
    outputs: NDArray[np.float32], rows: RowsOnDisk, loss: str
) -> tuple[dict[str, float], float]:
    """Measures by name, and the one that early stopping compares (larger is better).

    ``binary``: ``auc`` and ``log_loss`` (nats), stops by log-loss; ``squared``: ``rmse``; a loss of groups: ``auc`` over
    all rows and ``ndcg`` (the whole group, gain 2^label - 1), stops by ``ndcg``.
    """
    mapped = rows.mapped()
    assert mapped.labels is not None
    labels, scores = np.asarray(mapped.labels), outputs.astype(np.float64)
    if loss == "squared":
        error = float(np.sqrt(np.mean((scores - labels) ** 2)))
        return {"rmse": error}, -error
    found: dict[str, float] = {}
    if set(np.unique(labels)) == {0.0, 1.0}:
        found["auc"] = auc(scores, labels)
    if loss == "binary":
        found["log_loss"] = log_loss(1 / (1 + np.exp(-scores)), labels)
        return found, -found["log_loss"]
    assert mapped.groups is not None
    found["ndcg"] = _ndcg(scores, labels, np.asarray(mapped.groups))
    return found, found["ndcg"]


def _ndcg(
    scores: NDArray[np.float64], labels: NDArray[np.float32], groups: NDArray[np.int64]
) -> float:
    """Mean over groups that have any gain."""
    gains = np.exp2(labels.astype(np.float64)) - 1
    first = np.flatnonzero(np.append(True, groups[1:] != groups[:-1]))
    starts = np.repeat(first, np.diff(np.append(first, len(groups))))
    discount = 1 / np.log2(np.arange(len(groups)) - starts + 2)
    found = np.add.reduceat(gains[np.lexsort((-scores, groups))] * discount, first)
    best = np.add.reduceat(gains[np.lexsort((-gains, groups))] * discount, first)
    return float((found[best > 0] / best[best > 0]).mean()) if (best > 0).any() else 0.0
