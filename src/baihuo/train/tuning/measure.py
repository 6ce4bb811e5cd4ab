"""What a tuning improves: one measure of the validation rows."""

from __future__ import annotations

from baihuo.core import BadInput
from baihuo.train.tables.settings import DeepSettings

_OF_LOSS = {
    "binary": ("log_loss", "auc"),
    "squared": ("rmse",),
    "pairwise": ("ndcg", "auc"),
    "softmax": ("ndcg", "auc"),
    "funnel": ("log_loss", "auc", "auc_joint"),
}


def measure_of(settings: DeepSettings, asked: str) -> str:
    """The measure by its name; ``auto``: the first that the loss has.

    Raises:
        BadInput: the loss has no such measure.
    """
    known = _OF_LOSS[settings.loss]
    if asked == "auto":
        return known[0]
    if asked not in known:
        raise BadInput(
            f"with the loss {settings.loss} there is no {asked}", fix=f"one of {', '.join(known)}"
        )
    return asked


def is_better_high(measure: str) -> bool:
    """Whether a larger value is better."""
    return measure in ("auc", "ndcg", "auc_joint")
