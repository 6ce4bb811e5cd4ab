"""Estimated examination beside the true one."""

from __future__ import annotations

import numpy as np

from suites.position.shops import LoggedShop
from suites.shared.measure import emit

POSITIONS = (2, 3, 4, 6, 8, 12, 16, 20, 24)
_FEWEST = 100  # impressions of a position, whose true mean is taken


def compare_curves(shop: LoggedShop) -> None:
    """One line a surface and position."""
    for surface, curve in shop.curves.items():
        for k in POSITIONS:
            rows = (shop.surface == surface) & (shop.position == k) & ~np.isnan(shop.looked)
            if rows.sum() < _FEWEST or k > curve.deepest:
                continue
            found, truth = curve.interval(k), float(shop.looked[rows].mean())
            emit(
                what="examination",
                **shop.named,
                surface=surface,
                position=k,
                truth=truth,
                **found.to_json(),
                is_inside=found.low <= truth <= found.high,
                n_clicks=curve.n_clicks,
            )
