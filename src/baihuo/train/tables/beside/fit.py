"""Fits the members beside the networks: on older rows, whose successors choose penalty and number of trees; then on all rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from baihuo.core import Progress
from baihuo.models import DeepSettings
from baihuo.train.tables.beside.boosted import fit_boosted, grow_until_best
from baihuo.train.tables.beside.members import Beside, Boosted
from baihuo.train.tables.beside.regression import (
    Labelled,
    Regression,
    chosen_penalty,
    fit_regression,
)
from baihuo.train.tables.beside.row_inputs import InputShape, RowInputs
from baihuo.train.tables.rows_on_disk import RowsOnDisk

_MOST_ROWS = 500_000  # the newest: they are held in memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What newer rows chose; None: there is no such member."""

    penalty: float | None
    n_rounds: int | None
    regression: Regression | None  # of the older rows: where others start


class BesideFit:
    """Fits members to the rows of one table."""

    def __init__(self, rows: RowsOnDisk, settings: DeepSettings, progress: Progress) -> None:
        self.shape = InputShape.of(rows.columns)
        self._asked, self._progress = settings.beside, progress
        self._seed, self._threads = settings.seed, settings.threads

    def labelled(self, rows: RowsOnDisk) -> Labelled:
        """Prepared rows in memory, the newest of them."""
        mapped = rows.newest(_MOST_ROWS).mapped()
        assert mapped.labels is not None
        labels = np.asarray(mapped.labels, dtype=np.float64)
        weights = mapped.weights
        counted = np.ones(len(labels)) if weights is None else np.asarray(weights, np.float64)
        return Labelled(self.shape.of_rows(mapped), labels, counted)

    def choose(self, train: Labelled, newer: Labelled) -> tuple[Beside, Choices]:
        """Members of the older rows, and what the newer ones chose for them."""
        penalty = regression = boosted = None
        n_values = self.shape.n_values
        if "regression" in self._asked:
            penalty, regression = chosen_penalty(train, newer, n_values)
        if "boosted" in self._asked:
            boosted = Boosted(
                *grow_until_best(
                    train,
                    newer,
                    self.shape,
                    seed=self._seed,
                    threads=self._threads,
                    progress=self._progress,
                )
            )
        n_rounds = None if boosted is None else len(boosted.forest.first)
        choices = Choices(penalty=penalty, n_rounds=n_rounds, regression=regression)
        return Beside(self.shape, regression, boosted), choices

    def fit(self, rows: Labelled, choices: Choices) -> Beside:
        """Members of these rows, as chosen before."""
        regression = boosted = None
        if choices.penalty is not None:
            regression = fit_regression(
                rows, self.shape.n_values, choices.penalty, start=choices.regression
            )
        if choices.n_rounds is not None:
            boosted = Boosted(
                *fit_boosted(
                    rows,
                    self.shape,
                    choices.n_rounds,
                    seed=self._seed,
                    threads=self._threads,
                    progress=self._progress,
                )
            )
        return Beside(self.shape, regression, boosted)


def joined(older: Labelled, newer: Labelled) -> Labelled:
    """Both, the older first."""
    inputs = RowInputs(
        np.concatenate([older.inputs.places, newer.inputs.places]),
        np.concatenate([older.inputs.numbers, newer.inputs.numbers]),
    )
    return Labelled(
        inputs,
        np.concatenate([older.labels, newer.labels]),
        np.concatenate([older.weights, newer.weights]),
    )
