"""The order of a new visitor's first page: products clicked more than their positions explain, and basic data. A product scores
``log(appeal) + ½ log(popularity)``: popularity alone repeats the shop's old order, appeal alone trusts few impressions. A visitor's basics
add by category the log of how many times more often such visitors choose it; training fits the weight of each kind of data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from baihuo.core import VisitorBasics

POPULARITY_POWER = 0.5
SEGMENT_DIMENSIONS = ("platform", "device", "language", "country", "region", "referrer", "hour")
_HOUR_US = 3_600_000_000
Floats = NDArray[np.float64]
Path = tuple[str, ...]
"""A category, from the root."""


def segment_values(basics: VisitorBasics, at_us: int) -> dict[str, str]:
    """Return a visitor's segments by dimension, without unknown ones.

    ``hour`` is a quarter of the day, UTC, of the first page: ``0 to 6``.
    """
    hour = int(at_us // _HOUR_US % 24 // 6) * 6
    values = {name: getattr(basics, name) for name in SEGMENT_DIMENSIONS if name != "hour"}
    values["hour"] = f"{hour} to {hour + 6}"
    return {name: value for name, value in values.items() if value}


def is_declared(category: Path, interests: Sequence[str]) -> bool:
    """Return whether a category, or one above it, is a declared interest."""
    return any(name in interests for name in category)


@dataclass(frozen=True, slots=True, eq=False)
class NewcomerOrder:
    """The learned order of first pages."""

    product_ids: NDArray[np.object_]  # [products]
    appeal: NDArray[
        np.float32
    ]  # [products] clicks for each expected click, 1: as many as its positions explain
    declared_log_lift: float = 0.0  # of declared categories
    declared_weight: float = 0.0  # 0: not trusted
    segment_weight: float = 0.0  # 0: segments are not trusted
    # dimension → value → top category → log of how many times more often it is chosen
    segments: Mapping[str, Mapping[str, Mapping[str, float]]] = field(default_factory=dict)

    def appeal_of(self, product_ids: Sequence[str]) -> Floats:
        """``[n]``; 1 for a product that training did not know."""
        known = dict(zip(self.product_ids.tolist(), self.appeal.tolist(), strict=True))
        return np.array([known.get(p, 1.0) for p in product_ids], np.float64)

    def product_scores(self, appeal: Floats, popularity: Floats) -> Floats:
        """``[n]``, for a visitor without basic information."""
        popular = np.log(np.maximum(popularity, 0.0) + 0.5)
        return np.asarray(np.log(np.maximum(appeal, 1e-6)) + POPULARITY_POWER * popular)

    def category_scores(
        self, categories: Sequence[Path], basics: VisitorBasics, at_us: int
    ) -> Floats:
        """Return ``[categories]``: the basics' part of the score of each."""
        scores = np.zeros(len(categories))
        if self.declared_weight and basics.interests:
            declared = [is_declared(category, basics.interests) for category in categories]
            lift = self.declared_weight * self.declared_log_lift
            scores += lift * np.array(declared, np.float64)
        if self.segment_weight:
            for dimension, value in segment_values(basics, at_us).items():
                lifts = self.segments.get(dimension, {}).get(value)
                if lifts:
                    tops = [category[0] if category else "" for category in categories]
                    found = np.array([lifts.get(top, 0.0) for top in tops])
                    scores += self.segment_weight * found
        return scores
