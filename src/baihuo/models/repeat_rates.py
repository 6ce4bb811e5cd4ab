"""Repurchase rates of owned products within weeks: by purchase pattern, and by product."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.models.baskets import DAY_US, Baskets
from baihuo.models.purchase_history import PurchaseHistory

AGAIN_COLUMNS = ("again_of_product", "again_expected")
_WINDOW_DAYS = 42  # of observation, the newest: repurchases by active visitors
_LAST_DAYS = (14, 30, 60, 100, 160)  # classes of the time since the last purchase
_MOST_TIMES = 4  # a product bought so often, or more often, is one class
_N_CLASSES = _MOST_TIMES * (len(_LAST_DAYS) + 1)
_PRIOR_OWNERS = 20.0  # prior weight of the overall rate
_PRIOR = 1.5  # prior of observed and expected purchases


@dataclass(frozen=True, slots=True, eq=False)
class RepeatRates:
    """``by_class``: the share of owned products that their owner bought again, by times bought and days since.

    ``by_product``: the log of how many owners bought a product again, over how many would have by their classes alone. So a product of few
    owners who mostly buy again ranks above one of many owners, unlike with shares of all buyers.
    """

    by_class: NDArray[np.float32]  # [classes]
    by_product: NDArray[np.float32]  # [products]

    @classmethod
    def fit(cls, baskets: Baskets, *, at_us: int) -> RepeatRates:
        """From the lines before ``at_us``: the weeks before it, by ownership at their start."""
        past = baskets.before(at_us)
        start_us = at_us - _WINDOW_DAYS * DAY_US
        owned = PurchaseHistory.from_baskets(past.before(start_us), at_us=start_us)
        bought = past.between(start_us, at_us)
        n_products = max(1, past.n_products)
        pairs = owned.visitor.astype(np.int64) * n_products + owned.product
        again = np.isin(pairs, bought.visitor.astype(np.int64) * n_products + bought.product)
        came = np.isin(owned.visitor, bought.visitor)  # inactive visitors are ignored
        again, product = again[came].astype(np.float64), owned.product[came]
        classes = _classes(owned.n[came], owned.last_days[came])
        rate = float(again.mean()) if len(again) else 0.0
        n_again = np.bincount(classes, again, minlength=_N_CLASSES)
        n = np.bincount(classes, minlength=_N_CLASSES)
        by_class = (n_again + _PRIOR_OWNERS * rate) / (n + _PRIOR_OWNERS)
        n_of = np.bincount(product, again, minlength=past.n_products)
        expected = np.bincount(product, by_class[classes], minlength=past.n_products)
        by_product = np.log((n_of + _PRIOR) / (expected + _PRIOR))
        return cls(by_class.astype(np.float32), by_product.astype(np.float32))

    def columns(
        self, n: NDArray[Any], last_days: NDArray[Any], product: NDArray[np.int32]
    ) -> dict[str, NDArray[np.float64]]:
        """``AGAIN_COLUMNS`` of pairs bought ``n`` times, the last time ``last_days`` ago; NaN where never bought."""
        is_owned = n > 0
        of_product = np.where(is_owned, self.by_product[product], np.nan)
        times = np.where(is_owned, n, 1.0)
        expected = self.by_class[_classes(times, np.where(is_owned, last_days, 0.0))]
        return dict(zip(AGAIN_COLUMNS, (of_product, expected * np.exp(of_product)), strict=True))

    def to_arrays(self, prefix: str) -> dict[str, NDArray[Any]]:
        """Plain arrays, for a file without pickle."""
        return {f"{prefix}_by_class": self.by_class, f"{prefix}_by_product": self.by_product}

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[Any]], prefix: str) -> RepeatRates:
        """The inverse of :meth:`to_arrays`."""
        return cls(arrays[f"{prefix}_by_class"], arrays[f"{prefix}_by_product"])


def _classes(n: NDArray[Any], last_days: NDArray[Any]) -> NDArray[np.int64]:
    times = np.minimum(n, _MOST_TIMES).astype(np.int64) - 1
    return times * (len(_LAST_DAYS) + 1) + np.digitize(last_days, _LAST_DAYS)
