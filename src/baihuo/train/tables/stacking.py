"""Stacking: how much each of several members counts, by what they say of rows that their training left out.

With folds there are as many trainings as folds, each without the rows of one; else the rows that stop the training say it, which cost
nothing more. A regression of the label on the outputs of these rows finds the shares: none is negative, networks of one kind share
evenly, and few rows do not move them far from equal ones. Beside the networks there may be members that are fitted to all rows at once.

Source: Wolpert (1992), "Stacked generalization"; Breiman (1996), "Stacked regressions".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from baihuo.core import BadInput, Progress
from baihuo.models import DeepSettings, Trainer, Weights, kinds_named
from baihuo.train.tables.beside.fit import BesideFit, Choices, joined
from baihuo.train.tables.beside.members import Beside
from baihuo.train.tables.beside.regression import Labelled
from baihuo.train.tables.outputs import measured, outputs_of
from baihuo.train.tables.resampling import fold_of
from baihuo.train.tables.rows_on_disk import RowsOnDisk

_MOST_ROWS = 500_000  # that shares are found by, the newest
_STRENGTH = 30.0  # rows' worth, about, that the shares stay equal by
Floats = NDArray[np.float64]
Learned = tuple[Floats, NDArray[np.float32]]


def check_together(settings: DeepSettings) -> None:
    """That networks can be put together as the settings ask.

    Raises:
        BadInput: there is only one, or the loss does not fit.
    """
    if settings.beside and (settings.together != "stacking" or settings.loss != "binary"):
        raise BadInput(
            f"beside={','.join(settings.beside)} with together={settings.together} and the loss {settings.loss}: stacking says how much "
            "they count, by the loss binary",
            fix="--set together=stacking, or --set beside=[]",
        )
    if settings.together == "mean":
        return
    if settings.n_networks == 1:
        raise BadInput(
            f"{settings.together} is of several networks, and model={settings.model} with networks=1 is one",
            fix="--set networks=4, or several models joined by + (texts allow one only)",
        )
    if settings.together == "stacking" and settings.loss not in ("binary", "squared"):
        raise BadInput(
            f"stacking finds shares for the losses binary and squared, not for {settings.loss}",
            fix="--set together=mean",
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Held:
    """Members of the older rows, what the newer ones chose for them, and both kinds of rows."""

    older: Beside
    choices: Choices
    train: Labelled
    newer: Labelled


class Stacking:
    """The shares of one training, and the members beside its networks."""

    def __init__(
        self,
        rows: RowsOnDisk,
        settings: DeepSettings,
        *,
        validation: RowsOnDisk,
        progress: Progress,
    ) -> None:
        self._rows, self._settings = rows, settings
        self._validation, self._progress = validation, progress
        self._fit = BesideFit(rows, settings, progress) if settings.beside else None
        # networks of a kind share evenly, and fewer of them say as much of a kind
        fewer = max(-(-settings.networks // 2), 2 if len(kinds_named(settings.model)) == 1 else 1)
        self._of_folds = settings.model_copy(update={"networks": fewer})
        self._held: _Held | None = None
        self._learned: list[Learned] = []

    def prepare(self) -> None:
        """What does not need the networks that will serve: the trainings of the folds, and the members beside."""
        if self._fit is not None:
            train, newer = (self._fit.labelled(r) for r in (self._rows, self._validation))
            older, choices = self._fit.choose(train, newer)
            self._held = _Held(older, choices, train, newer)
        for fold in range(self._settings.folds):
            trained = Trainer(
                self._rows.leaving_out(fold, self._settings.folds, seed=self._settings.seed),
                self._of_folds,
                measure=measured(self._validation),
                progress=self._progress,
            ).fit()
            self._learned.append(self._of_fold(trained.weights, fold))

    def finish(self, weights: Weights) -> dict[str, float]:
        """Give trained networks their shares and what stands beside them, which did not see the rows that stop the training; the share of
        each member by its name. :meth:`refit` comes after these rows have measured it all.
        """
        outputs, labels = self._all_learned(weights)
        kinds, settings = kinds_named(self._settings.model), self._settings
        beside = () if self._held is None else self._held.older.names
        n_each = (self._of_folds if self._learned else settings).networks
        share, constant = shares_of(
            outputs,
            labels,
            kinds=[*kinds * n_each, *beside],
            is_binary=settings.loss == "binary",
            strength=_STRENGTH if settings.loss == "binary" else 0.0,
        )
        of_each = [share[kind] / settings.networks / kinds.count(kind) for kind in kinds]
        weights.module.shares.data.copy_(torch.tensor(of_each * settings.networks))
        weights.module.constant.data.fill_(constant)
        if self._held is not None:
            weights.beside = self._held.older.times(share)
        return share

    def refit(self, weights: Weights, share: Mapping[str, float]) -> None:
        """Fit what stands beside the networks to the rows that stopped the training, too."""
        if self._fit is not None and self._held is not None:
            everything = joined(self._held.train, self._held.newer)
            weights.beside = self._fit.fit(everything, self._held.choices).times(share)

    def _all_learned(self, weights: Weights) -> Learned:
        if self._learned:
            outputs, labels = zip(*self._learned, strict=True)
            return np.concatenate(outputs), np.concatenate(labels)
        newest = self._validation.newest(_MOST_ROWS)
        found = [outputs_of(weights, newest, of_each=True).astype(np.float64)]
        mapped = newest.mapped()
        assert mapped.labels is not None
        if self._held is not None:
            found.append(self._held.older.each(mapped.categories, mapped.numbers))
        return np.concatenate(found, 1), np.asarray(mapped.labels)

    def _of_fold(self, weights: Weights, fold: int) -> Learned:
        """Outputs and labels of the rows that a training left out."""
        settings, newest = self._settings, self._rows.newest(_MOST_ROWS)
        mapped = newest.mapped()
        assert mapped.labels is not None
        parts = [
            fold_of(part, settings.folds, seed=settings.seed) for part in newest.in_order(1 << 16)
        ]
        is_in = np.concatenate(parts) == fold
        found = [outputs_of(weights, newest, of_each=True).astype(np.float64)[is_in]]
        if self._fit is not None and self._held is not None:
            others = self._fit.fit(self._held.train.take(~is_in), self._held.choices)
            found.append(others.each(mapped.categories[is_in], mapped.numbers[is_in]))
        return np.concatenate(found, 1), np.asarray(mapped.labels)[is_in]


def shares_of(
    outputs: Floats,
    labels: NDArray[np.float32],
    *,
    kinds: Sequence[str],
    is_binary: bool,
    strength: float = 0.0,
) -> tuple[dict[str, float], float]:
    """The share of each kind, none below 0, and a constant, by the least loss: cross-entropy of log-odds, or squared error.

    Args:
        outputs: ``[rows, members]``; the mean of those of a kind is what gets a share.
        labels: ``[rows]``.
        kinds: Of each member.
        strength: How many rows, about, the wish for equal shares counts as.
    """
    order = list(dict.fromkeys(kinds))
    among = np.array([[name == kind for kind in order] for name in kinds], dtype=np.float64)
    means = outputs @ (among / among.sum(0))
    n_rows, n = means.shape
    equal = np.append(np.full(n, 1 / n), 0.0)
    pulls = np.append(np.full(n, strength), strength / 3)

    def loss(at: Floats) -> tuple[float, Floats]:
        scores = means @ at[:n] + at[n]
        if is_binary:
            lost, slopes = np.logaddexp(0, scores) - labels * scores, expit(scores) - labels
        else:
            slopes = 2 * (scores - labels)
            lost = slopes**2 / 4
        away = at - equal
        total = float(lost.sum()) + 0.5 * float(pulls @ away**2)
        slope = np.append(means.T @ slopes, slopes.sum()) + pulls * away
        return total / n_rows, slope / n_rows

    bounds: list[Any] = [(0, None)] * n + [(None, None)]
    best = minimize(loss, equal, jac=True, method="L-BFGS-B", bounds=bounds).x
    return dict(zip(order, best[:n].tolist(), strict=True)), float(best[n])
