"""Two sample shops, one of which starts from the other's click models: what each way of learning predicts and orders in the days after."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from baihuo.bundle import ClickModels
from baihuo.evaluate import ndcg_by_group
from baihuo.models import Files, FitContext
from baihuo.train import ClickTraining, probabilities
from baihuo.train.clicks.fit import (
    BASELINE_ORDER,
    DEPTH,
    ExampleRows,
    FittedClicks,
    baseline_scores,
    choose_clicks,
    fit_clicks,
)
from baihuo.train.clicks.live import order_scores
from baihuo.train.clicks.start import TEST_SHARE_OF_A_START
from baihuo.train.clicks.steady import steady_order
from suites.position.shops import LoggedShop

Floats = NDArray[np.float64]
_DAY_US = 86_400_000_000
_CONFIG = ClickTraining()


@dataclass(frozen=True, eq=False)
class Log:
    """A shop's impressions, oldest first."""

    shop: LoggedShop

    @property
    def columns(self) -> tuple[str, ...]:
        return self.shop.columns

    @cached_property
    def days(self) -> Floats:
        """``[rows]`` since the first page."""
        at_us = self.shop.examples.column("at_us").to_numpy()
        return np.asarray((at_us - at_us[0]) / _DAY_US)

    @cached_property
    def rows(self) -> ExampleRows:
        ids = np.array(self.shop.examples.column("visitor_id").to_pylist(), np.str_)
        visitor = np.unique(ids, return_inverse=True)[1]
        one = self.shop
        return ExampleRows(one.matrix, one.clicks, one.gains, one.page, visitor, one.surface)

    def between(self, first: float, last: float) -> ExampleRows:
        """Of these days."""
        return self.rows.take((self.days >= first) & (self.days < last))

    def parts(self, days: float, *shares: float) -> list[ExampleRows]:
        """The first days, cut by the shares of rows of all but the last part."""
        rows = self.rows.take(self.days < days)
        cuts = (np.cumsum(shares) * len(rows.clicks)).astype(int)
        number = np.searchsorted(cuts, np.arange(len(rows.clicks)), side="right")
        # A page is in one part: that of its first row.
        first = np.unique(rows.page, return_index=True, return_inverse=True)
        number = number[first[1]][first[2]]
        return [rows.take(number == i) for i in range(len(shares) + 1)]

    def learned(self, days: float, *, seed: int, start: FittedClicks | None = None) -> FittedClicks:
        """As ``baihuo train`` fits on the first days; ``start``: continuing from these models."""
        newest = (_CONFIG.validation_share, _CONFIG.test_share)
        train, validation, _ = self.parts(days, 1 - sum(newest), newest[0])
        files: dict[str, Files] | None = None
        if start is not None:
            files = {name: model.files() for name, model in start.models.models.items()}
        fitted = fit_clicks(
            train,
            validation,
            self.columns,
            settings={},
            continued=files,
            context=FitContext(seed=seed),
        )
        return fitted if start is None else _steady(start, fitted, validation)

    def as_they_are(self, days: float, start: FittedClicks, *, seed: int) -> FittedClicks:
        """The other shop's models, chosen and calibrated on the first days."""
        validation, _ = self.parts(days, 1 - TEST_SHARE_OF_A_START)
        fitted = choose_clicks(start.models.models, validation, self.columns, seed=seed)
        return _steady(start, fitted, validation)

    def way_of_product(
        self, days: float, continued: FittedClicks, from_nothing: FittedClicks
    ) -> str:
        """What ``baihuo train --start-from`` takes."""
        *_, test = self.parts(days, 1 - _CONFIG.test_share)
        if test.clicks.sum() >= _CONFIG.min_test_clicks:
            is_better = continued.validation_log_loss < from_nothing.validation_log_loss
            return "continued" if is_better else "scratch"
        *_, test = self.parts(days, 1 - TEST_SHARE_OF_A_START)
        return "as_they_are" if test.clicks.sum() >= _CONFIG.min_test_clicks else "none"


def _steady(start: FittedClicks, fitted: FittedClicks, validation: ExampleRows) -> FittedClicks:
    """What ordered a surface in the other shop stays, unless the validation surely knows better."""
    order_by = steady_order(fitted.models, start.models.order_by, validation)
    return replace(fitted, models=replace(fitted.models, order_by=order_by))


@dataclass(frozen=True, eq=False)
class Measured:
    """One way on the pages of the days after."""

    ndcg: Floats  # [pages] at 10, NaN: nothing happened
    losses: Floats  # [rows] nats
    p: Floats  # [rows]


def measured(models: ClickModels | None, rows: ExampleRows, columns: tuple[str, ...]) -> Measured:
    """``models`` None: the baseline of each surface, and the mean of these very rows."""
    if models is None:
        p = np.full(len(rows.clicks), rows.clicks.mean(), np.float64)
        scores = np.zeros(len(p))
        for surface in np.unique(rows.surface).tolist():
            mask = rows.surface == surface
            scores[mask] = baseline_scores(BASELINE_ORDER[surface], rows.matrix[mask], columns)
    else:
        p = probabilities(models, rows)
        scores = np.zeros(len(p))
        for surface in np.unique(rows.surface).tolist():
            mask = rows.surface == surface
            scores[mask] = order_scores(models, surface, rows.take(mask))
    sure = np.clip(p, 1e-7, 1 - 1e-7)
    losses = -np.where(rows.clicks > 0, np.log(sure), np.log1p(-sure))
    return Measured(ndcg_by_group(rows.earned(), scores, rows.page, k=DEPTH), losses, p)
