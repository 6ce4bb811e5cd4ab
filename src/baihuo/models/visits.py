"""How a visitor buys: how often, how much, how dear."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.models.baskets import DAY_US, Baskets

VISITOR_COLUMNS = (
    "n_days", "days_since_last", "days_since_first", "days_between", "n_products",
    "repeat_share", "basket_size", "days_fading", "visitor_log_price", "visitor_log_quantity",
)  # fmt: skip


def visitor_columns(past: Baskets, *, at_us: int) -> dict[str, NDArray[Any]]:
    """``VISITOR_COLUMNS`` of every visitor of ``past``, each ``[visitors]``; NaN: never bought."""
    n = past.n_visitors
    age = past.age_days(at_us)
    day = past.at_us // DAY_US
    visit = np.unique(np.stack([past.visitor.astype(np.int64), day]), axis=1)
    who, visit_age = visit[0], (at_us // DAY_US - visit[1]).astype(np.float64)
    n_days = np.bincount(who, minlength=n).astype(np.float64)
    last, first = np.full(n, np.nan), np.full(n, np.nan)
    np.fmin.at(last, past.visitor, age)
    np.fmax.at(first, past.visitor, age)
    n_lines = np.bincount(past.visitor, minlength=n)
    daily = past.once_a_day()
    n_daily = np.bincount(daily.visitor, minlength=n)
    n_products = np.bincount(
        np.unique(past.visitor.astype(np.int64) * past.n_products + past.product)
        // max(1, past.n_products),
        minlength=n,
    )
    has_price = past.price > 0
    n_priced = np.bincount(past.visitor[has_price], minlength=n)
    prices = np.bincount(past.visitor[has_price], np.log(past.price[has_price]), minlength=n)
    quantities = np.bincount(past.visitor, np.log1p(past.quantity), minlength=n)
    return {
        "n_days": n_days,
        "days_since_last": last,
        "days_since_first": first,
        "days_between": _over(first - last, n_days - 1),
        "n_products": n_products,
        "repeat_share": 1.0 - _over(n_products, n_daily),
        "basket_size": _over(n_daily, n_days),
        "days_fading": np.bincount(who, 0.5 ** (visit_age / 60), minlength=n),
        "visitor_log_price": _over(prices, n_priced),
        "visitor_log_quantity": _over(quantities, n_lines),
    }


def _over(above: NDArray[Any], below: NDArray[Any]) -> NDArray[np.float64]:
    """Elementwise quotient, NaN where ``below`` is not positive."""
    return np.where(below > 0, above / np.maximum(below, 1), np.nan)
