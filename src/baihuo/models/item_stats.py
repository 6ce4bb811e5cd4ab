"""Statistics of each product from all purchases, as of one time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.models.baskets import DAY_US, Baskets

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
)
_REPEAT_PRIOR = (2.0, 20.0)  # buyers who came back, buyers: a new product starts at one in ten


@dataclass(frozen=True, slots=True)
class ItemStats:
    """``values[product, COLUMNS]``. Shares are of the visitors who bought anything in that window,
    so that a busy season does not look like another product. NaN where nothing is known.
    """

    values: NDArray[np.float32]

    @classmethod
    def fit(cls, baskets: Baskets, *, at_us: int) -> ItemStats:
        """From the lines before ``at_us``."""
        past = baskets.before(at_us)
        daily = past.once_a_day()
        age = daily.age_days(at_us)

        def buyers(from_days: float, to_days: float) -> tuple[NDArray[np.float64], int]:
            lines = daily.take((age >= from_days) & (age < to_days))
            return lines.n_buyers(), max(1, len(np.unique(lines.visitor)))

        def share(from_days: float, to_days: float) -> NDArray[np.float64]:
            n, n_all = buyers(from_days, to_days)
            return n / n_all

        ever, _ = buyers(0, np.inf)
        share_14, share_28, share_28_to_56 = share(0, 14), share(0, 28), share(28, 56)
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
        }
        return cls(np.stack([columns[c] for c in COLUMNS], axis=1).astype(np.float32))

    def __getitem__(self, column: str) -> NDArray[np.float32]:
        """One column, ``[products]``."""
        return self.values[:, COLUMNS.index(column)]


def _log_ratio(now: NDArray[np.float64], before: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.log((now + 1e-3) / (before + 1e-3))


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
