"""What scores are worth on rows with known labels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from baihuo.core import BadInput
from baihuo.evaluate import auc, log_loss, ndcg_by_group

MEASURE_WORDS = {
    "log_loss": "log-loss (nats)",
    "auc": "AUC",
    "rmse": "RMSE",
    "ndcg": "nDCG",
}

MEASURES = {
    "binary": ("log_loss", "auc"),
    "squared": ("rmse",),
    "softmax": ("ndcg", "auc"),
}
"""By loss what can be improved, the default first."""


def measure_of(loss: str, asked: str) -> str:
    """The measure by its name; ``auto``: the first that the loss has.

    Raises:
        BadInput: the loss has no such measure.
    """
    known = MEASURES[loss]
    if asked == "auto":
        return known[0]
    if asked not in known:
        raise BadInput(
            f"with the loss {loss} there is no {asked}", fix=f"one of {', '.join(known)}"
        )
    return asked


def is_better_high(measure: str) -> bool:
    """Whether a larger value is better."""
    return measure in ("auc", "ndcg")


def measure_scores(
    scores: NDArray[np.float32],
    labels: NDArray[np.float32],
    *,
    loss: str,
    groups: NDArray[np.int64] | None = None,
) -> dict[str, float]:
    """Measures by name, of those that the loss has a meaning for.

    ``binary``: ``auc`` (labels 0 and 1) and ``log_loss`` (nats) of probabilities; ``squared``: ``rmse``; a loss of groups:
    ``auc`` over all rows, and with ``groups`` ``ndcg`` (the whole group, gain 2^label - 1).
    """
    if loss == "squared":
        return {"rmse": float(np.sqrt(np.mean((scores.astype(np.float64) - labels) ** 2)))}
    found: dict[str, float] = {}
    if set(np.unique(labels)) == {0.0, 1.0}:
        found["auc"] = auc(scores, labels)
    if loss == "binary":
        if labels.min() >= 0 and labels.max() <= 1:
            found["log_loss"] = log_loss(np.clip(scores, 0, 1), labels)
    elif groups is not None:
        gains = np.exp2(np.maximum(labels.astype(np.float64), 0)) - 1
        by_group = ndcg_by_group(gains, scores.astype(np.float64), groups, k=len(groups))
        found["ndcg"] = 0.0 if np.isnan(by_group).all() else float(np.nanmean(by_group))
    return found
