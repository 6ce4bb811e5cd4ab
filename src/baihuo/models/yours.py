"""A visitor's own history with one product: how often, how lately, is it due again."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.models.baskets import DAY_US, Baskets

_HALF_LIVES = (20, 60, 150)
YOURS_COLUMNS = (
    "bought_n", "bought_last_days", "bought_first_days",
    *(f"bought_fading_{h}" for h in _HALF_LIVES),
    "bought_between_days", "bought_due", "bought_quantity", "bought_visits_ago_days",
    "bought_share", "bought_last_visit",
)  # fmt: skip


def yours_columns(
    past: Baskets, visitor: NDArray[np.int32], product: NDArray[np.int32], *, at_us: int
) -> dict[str, NDArray[Any]]:
    """``YOURS_COLUMNS`` of (visitor, product) pairs: 0 or NaN where never bought.

    ``bought_due`` is the time since the last purchase in units of the usual time between two;
    ``bought_visits_ago_days`` how long before the visitor's last purchase of anything.
    """
    daily = past.once_a_day()
    age = daily.age_days(at_us)
    keys = daily.visitor.astype(np.int64) * past.n_products + daily.product
    known, at = np.unique(keys, return_inverse=True)
    wanted = visitor.astype(np.int64) * past.n_products + product
    place = np.minimum(np.searchsorted(known, wanted), max(0, len(known) - 1))
    is_known = known[place] == wanted if len(known) else np.zeros(len(wanted), dtype=bool)

    def of_pairs(values: NDArray[Any], missing: float) -> NDArray[np.float64]:
        if not len(values):
            return np.full(len(wanted), missing)
        return np.where(is_known, values[place], missing)

    n = np.bincount(at, minlength=len(known))
    last, first = np.full(len(known), np.inf), np.full(len(known), -np.inf)
    np.minimum.at(last, at, age)
    np.maximum.at(first, at, age)
    between = np.where(n > 1, (first - last) / np.maximum(n - 1, 1), np.nan)
    lines = past.visitor.astype(np.int64) * past.n_products + past.product
    quantity = np.bincount(
        np.searchsorted(known, lines), np.log1p(past.quantity), minlength=len(known)
    )
    visitor_last = np.full(past.n_visitors, np.inf)
    np.minimum.at(visitor_last, past.visitor, past.age_days(at_us))
    visits = np.unique(np.stack([past.visitor.astype(np.int64), past.at_us // DAY_US]), axis=1)
    n_visits = np.bincount(visits[0], minlength=past.n_visitors)

    bought_last = of_pairs(last, np.nan)
    ago = bought_last - np.where(is_known, visitor_last[visitor], 0.0)
    bought_n = of_pairs(n, 0)
    return {
        "bought_n": bought_n,
        "bought_last_days": bought_last,
        "bought_first_days": of_pairs(first, np.nan),
        **{
            f"bought_fading_{h}": of_pairs(np.bincount(at, 0.5 ** (age / h)), 0.0)
            for h in _HALF_LIVES
        },
        "bought_between_days": of_pairs(between, np.nan),
        "bought_due": bought_last / of_pairs(between, np.nan),
        "bought_quantity": of_pairs(quantity, 0.0),
        "bought_visits_ago_days": ago,
        "bought_share": bought_n / np.maximum(n_visits[visitor], 1),
        "bought_last_visit": np.where(is_known, ago < 1, False).astype(np.float64),
    }
