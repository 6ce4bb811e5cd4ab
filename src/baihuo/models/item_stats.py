"""Statistics of each product from all purchases, as of one time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.models.baskets import DAY_US, Baskets
from baihuo.models.neighbours import Neighbours

_FIRST_DAYS = (7, 14, 28)
_AROUND = {"together": ("trend_28", "share_14"), "alike": ("trend_28", "share_14", "first_28")}
"""Means over a product's neighbours, which are more stable than its few sales."""
_PLACED = ("first_7", "first_14", "first_28", "share_28", "share_ever")
"""Columns also given as ranks among all products: shares vary with the season, ranks do not."""
_YEAR_DAYS, _SEASON_DAYS = 365, 42
COLUMNS = (
    "share_7",
    "share_14",
    "share_28",
    "share_28_to_56",
    "share_90",
    "share_ever",
    "trend_28",
    "trend_14",
    "repeat_rate",
    "days_since_sold",
    "days_on_sale",
    "log_price",
    "log_quantity",
    "dearness",
    *(f"first_{days}" for days in _FIRST_DAYS),
    "first_trend",
    "first_3",
    "first_7_to_14",
    "first_trend_7",
    "repeat_28",
    "share_year_ago",
    "season_year_ago",
    *(f"{around}_{column}" for around, of in _AROUND.items() for column in of),
    *(f"{column}_place" for column in _PLACED),
)
_REPEAT_PRIOR = (2.0, 20.0)  # prior of returning buyers, buyers: one in ten


@dataclass(frozen=True, slots=True)
class ItemStats:
    """``values[product, COLUMNS]``. Shares are of the visitors who bought anything in that window,
    so that a busy season does not look like another product. NaN: unknown.

    ``first_…`` are shares of buyers who had not bought the product before, ``repeat_28`` of those who had:
    new and repeat purchases are of different products. ``…_year_ago`` is the share in the following six weeks of last year, and its ratio
    to the six weeks before.
    """

    values: NDArray[np.float32]

    @classmethod
    def fit(
        cls, baskets: Baskets, *, at_us: int, around: Mapping[str, Neighbours] | None = None
    ) -> ItemStats:
        """Fit to the lines before ``at_us``; ``around``: neighbours by co-purchase (``together``) and title (``alike``)."""
        past = baskets.before(at_us)
        daily, shares = past.once_a_day(), _Shares(past, at_us)
        share = shares.of
        ever = daily.n_buyers()
        share_14, share_28, share_28_to_56 = share(0, 14), share(0, 28), share(28, 56)
        first_28 = shares.of_first(0, 28)
        repeats, prior = daily.matrix(np.ones(len(daily))), _REPEAT_PRIOR
        repeats.data = (repeats.data > 1).astype(np.float32)
        n_repeat_buyers = np.asarray(repeats.sum(axis=0), dtype=np.float64).ravel()
        days_since_sold, days_on_sale = _extremes(past, at_us)
        price, quantity = _typical(past)
        columns = {
            "share_7": share(0, 7),
            "share_14": share_14,
            "share_28": share_28,
            "share_28_to_56": share_28_to_56,
            "share_90": share(0, 90),
            "share_ever": share(0, np.inf),
            "trend_28": _log_ratio(share_28, share_28_to_56),
            "trend_14": _log_ratio(share_14, share(14, 28)),
            "repeat_rate": (n_repeat_buyers + prior[0]) / (ever + prior[1]),
            "days_since_sold": days_since_sold,
            "days_on_sale": days_on_sale,
            "log_price": price,
            "log_quantity": quantity,
            "dearness": _percentile(price),
            **{f"first_{days}": shares.of_first(0, days) for days in _FIRST_DAYS},
            "first_trend": _log_ratio(first_28, shares.of_first(28, 56)),
            "first_3": shares.of_first(0, 3),
            "first_7_to_14": shares.of_first(7, 14),
            "first_trend_7": _log_ratio(shares.of_first(0, 7), first_28),
            "repeat_28": share_28 - first_28,
            **shares.year_ago(),
        }
        columns |= _around(columns, around or {})
        columns |= {f"{column}_place": _place(columns[column]) for column in _PLACED}
        return cls(np.stack([columns[c] for c in COLUMNS], axis=1).astype(np.float32))

    def __getitem__(self, column: str) -> NDArray[np.float32]:
        """One column, ``[products]``."""
        return self.values[:, COLUMNS.index(column)]


class _Shares:
    """Shares of the visitors who bought anything between two ages, in days."""

    def __init__(self, past: Baskets, at_us: int) -> None:
        self._daily, self._first = past.once_a_day(), past.first_of_pairs()
        self._age, self._first_age = self._daily.age_days(at_us), self._first.age_days(at_us)

    def of(self, from_days: float, to_days: float) -> NDArray[np.float64]:
        """Of the visitors who bought a product."""
        lines = self._daily.take((self._age >= from_days) & (self._age < to_days))
        return lines.n_buyers() / self._n_visitors(from_days, to_days)

    def of_first(self, from_days: float, to_days: float) -> NDArray[np.float64]:
        """Of those who bought a product for the first time."""
        lines = self._first.take((self._first_age >= from_days) & (self._first_age < to_days))
        return lines.n_buyers() / self._n_visitors(from_days, to_days)

    def year_ago(self) -> dict[str, NDArray[np.float64]]:
        """The six weeks after this day of last year; NaN where the log is younger."""
        now = self.of(_YEAR_DAYS - _SEASON_DAYS, _YEAR_DAYS)
        before = self.of(_YEAR_DAYS, _YEAR_DAYS + _SEASON_DAYS)
        oldest = self._age.max(initial=0)
        return {
            "share_year_ago": np.where(oldest >= _YEAR_DAYS, now, np.nan),
            "season_year_ago": np.where(
                oldest >= _YEAR_DAYS + _SEASON_DAYS, _log_ratio(now, before), np.nan
            ),
        }

    def _n_visitors(self, from_days: float, to_days: float) -> int:
        inside = (self._age >= from_days) & (self._age < to_days)
        return max(1, len(np.unique(self._daily.visitor[inside])))


def _around(
    columns: Mapping[str, NDArray[np.float64]], around: Mapping[str, Neighbours]
) -> dict[str, NDArray[np.float64]]:
    """Weighted means over neighbours; NaN where a product has none."""
    means = {}
    for name, of in _AROUND.items():
        for column in of:
            means[f"{name}_{column}"] = np.full(len(columns[column]), np.nan)
            if (neighbours := around.get(name)) is not None:
                sums = neighbours.weights @ columns[column]
                weights = np.asarray(abs(neighbours.weights).sum(axis=1)).ravel()
                is_known = weights > 0
                means[f"{name}_{column}"][is_known] = sums[is_known] / weights[is_known]
    return means


def _log_ratio(now: NDArray[np.float64], before: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.log((now + 1e-3) / (before + 1e-3))


def _place(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """``log(1 + how many products are larger)``: steps count most at the top."""
    ordered = np.sort(values)
    return np.log1p(len(values) - np.searchsorted(ordered, values, side="right"))


def _extremes(past: Baskets, at_us: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Days since each product was last, and first, sold."""
    last = np.full(past.n_products, np.iinfo(np.int64).min)
    first = np.full(past.n_products, np.iinfo(np.int64).max)
    np.maximum.at(last, past.product, past.at_us)
    np.minimum.at(first, past.product, past.at_us)
    is_sold = np.bincount(past.product, minlength=past.n_products) > 0
    return tuple(  # type: ignore[return-value]
        np.where(is_sold, (at_us - np.where(is_sold, t, 0)) / DAY_US, np.nan) for t in (last, first)
    )


def _typical(past: Baskets) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean log price (of lines with one) and mean log quantity of each product."""
    n = past.n_products
    has_price = past.price > 0
    priced = np.bincount(past.product[has_price], minlength=n)
    sums = np.bincount(past.product[has_price], np.log(past.price[has_price]), minlength=n)
    lines = np.bincount(past.product, minlength=n)
    quantities = np.bincount(past.product, np.log1p(past.quantity), minlength=n)
    return (
        np.where(priced > 0, sums / np.maximum(priced, 1), np.nan),
        np.where(lines > 0, quantities / np.maximum(lines, 1), np.nan),
    )


def _percentile(values: NDArray[np.float64]) -> NDArray[np.float64]:
    is_known = ~np.isnan(values)
    shares = np.full(len(values), np.nan)
    if is_known.any():
        ordered = np.sort(values[is_known])
        shares[is_known] = np.searchsorted(ordered, values[is_known], side="right") / len(ordered)
    return shares
