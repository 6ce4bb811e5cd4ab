"""Stacking: how much each of several networks counts, by what they say of rows that their training left out.

As many trainings as there are folds, each without the rows of one; a regression of the label on the outputs of these rows, with shares that
are not negative. The networks that serve are trained on all rows afterwards, with these shares.

Source: Wolpert (1992), "Stacked generalization"; Breiman (1996), "Stacked regressions".
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from baihuo.core import BadInput, Progress
from baihuo.train.tables.outputs import outputs_of
from baihuo.train.tables.processes import Group
from baihuo.train.tables.resampling import fold_of
from baihuo.train.tables.rows_on_disk import RowsOnDisk
from baihuo.train.tables.settings import DeepSettings
from baihuo.train.tables.trainer import Trainer
from baihuo.train.tables.weights import Weights

_MOST_ROWS = 1_000_000  # that shares are found by, the newest
Floats = NDArray[np.float64]
Learned = tuple[Floats, NDArray[np.float32]]


def check_together(settings: DeepSettings) -> None:
    """That networks can be put together as the settings ask.

    Raises:
        BadInput: there is only one, or the loss does not fit.
    """
    if settings.together == "mean":
        return
    if settings.n_networks == 1:
        raise BadInput(
            f"{settings.together} is of several networks, and model={settings.model} with networks=1 is one",
            fix="--set networks=4, or several models joined by + (texts and esmm allow one only)",
        )
    if settings.together == "stacking" and settings.loss not in ("binary", "squared"):
        raise BadInput(
            f"stacking finds shares for the losses binary and squared, not for {settings.loss}",
            fix="--set together=mean, bagging or boosting",
        )


def stacked(
    rows: RowsOnDisk,
    settings: DeepSettings,
    folder: Path,
    *,
    validation: RowsOnDisk,
    group: Group,
    progress: Progress,
) -> dict[str, torch.Tensor]:
    """The shares and the constant, as tensors of a network.

    Args:
        folder: Keeps the trainings of the folds: a killed one goes on.
    """
    found = []
    newest = rows.newest(_MOST_ROWS)
    for fold in range(settings.folds):
        trained = Trainer(
            rows.leaving_out(fold, settings.folds),
            settings,
            validation=validation,
            folder=folder / f"fold.{fold}",
            progress=progress,
            group=group,
        ).fit()
        found.append(group.from_first(lambda w=trained.weights, f=fold: _of_fold(w, newest, f)))  # type: ignore[misc]
    outputs, labels = (np.concatenate(parts) for parts in zip(*found, strict=True))
    shares, constant = shares_of(outputs, labels, is_binary=settings.loss == "binary")
    return {
        "module.shares": torch.tensor(shares, dtype=torch.float32),
        "module.constant": torch.tensor([constant], dtype=torch.float32),
    }


def _of_fold(weights: Weights, rows: RowsOnDisk, fold: int) -> Learned:
    """Outputs and labels of the rows that a training left out."""
    settings, mapped = weights.settings, rows.mapped()
    assert mapped.labels is not None
    is_in = np.concatenate(
        [
            fold_of(part, settings.folds, seed=settings.seed) == fold
            for part in rows.in_order(1 << 16)
        ]
    )
    outputs = outputs_of(weights, rows, of_each=True)
    return outputs[is_in].astype(np.float64), np.asarray(mapped.labels)[is_in]


def shares_of(
    outputs: Floats, labels: NDArray[np.float32], *, is_binary: bool
) -> tuple[Floats, float]:
    """Shares, none below 0, and a constant, by the least loss: cross-entropy of log-odds, or squared error.

    Args:
        outputs: ``[rows, networks]``.
        labels: ``[rows]``.
    """
    n_rows, n = outputs.shape

    def loss(at: Floats) -> tuple[float, Floats]:
        scores = outputs @ at[:n] + at[n]
        if is_binary:
            lost, slopes = np.logaddexp(0, scores) - labels * scores, expit(scores) - labels
        else:
            slopes = 2 * (scores - labels)
            lost = slopes**2 / 4
        return float(lost.mean()), np.append(outputs.T @ slopes, slopes.sum()) / n_rows

    start = np.append(np.full(n, 1 / n), 0.0)
    bounds: list[Any] = [(0, None)] * n + [(None, None)]
    best = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    return best[:n], float(best[n])
