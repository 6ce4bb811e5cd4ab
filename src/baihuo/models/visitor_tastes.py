"""A visitor's usual purchases (price, novelty, popularity), and a product's distance from them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.models.item_stats import ItemStats
from baihuo.models.purchase_history import PurchaseHistory

_SHARES = ("share_ever", "share_90", "share_28", "first_28")  # compared as logarithms
_TASTES = (*_SHARES, "days_on_sale", "dearness", "repeat_rate", "trend_28")
TASTE_COLUMNS = tuple(f"{of}_{taste}" for taste in _TASTES for of in ("usual", "gap"))


def taste_columns(
    stats: ItemStats,
    history: PurchaseHistory,
    visitor: NDArray[np.int32],
    product: NDArray[np.int32],
) -> dict[str, NDArray[Any]]:
    """``TASTE_COLUMNS`` of pairs: the mean over the visitor's purchases, and the product's difference from it; NaN: unknown."""
    columns: dict[str, NDArray[Any]] = {}
    for taste in _TASTES:
        values = np.log(stats[taste] + 1e-4) if taste in _SHARES else stats[taste]
        usual = history.usual(values)[visitor]
        columns[f"usual_{taste}"] = usual
        columns[f"gap_{taste}"] = values[product] - usual
    return columns
