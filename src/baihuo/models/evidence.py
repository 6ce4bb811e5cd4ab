"""All that purchases say of a visitor and a product: one function for trainer and ranker.

``Evidence.fit`` learns from the past before a time. ``look`` scores every product for a batch of
visitors, ``candidates`` unites the best of each source, ``features`` describes pairs in
:data:`FEATURES`. Training calls them for thousands of visitors, a page for one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from baihuo.models import shelf as shelves
from baihuo.models.baskets import DAY_US, Baskets
from baihuo.models.ease import Ease
from baihuo.models.neighbours import Neighbours
from baihuo.models.shelf import Shelf
from baihuo.models.titles import alike_titles
from baihuo.models.together import Together
from baihuo.models.visits import VISITOR_COLUMNS, visitor_columns
from baihuo.models.yours import YOURS_COLUMNS, yours_columns

SOURCES = ("ease", "ease_fading", "ease_lately", "together", "alike")
FEATURES = (
    *(f"{s}{suffix}" for s in SOURCES for suffix in ("", "_of_best")),
    *YOURS_COLUMNS,
    *VISITOR_COLUMNS,
    *shelves.COLUMNS,
    "price_gap",
    "quantity_gap",
)
_LATELY_DAYS = 120
_FADE_DAYS = 60


@dataclass(frozen=True, slots=True)
class Look:
    """What one batch of visitors looks like: ``scores[source]`` is ``[visitors, products]``."""

    past: Baskets
    at_us: int
    scores: dict[str, NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Learned from purchases before ``at_us``; ages of products count from there."""

    at_us: int
    shelf: Shelf
    ease: Neighbours
    ease_lately: Neighbours  # of the last months only: what goes with what this season
    together: Neighbours
    alike: Neighbours

    @classmethod
    def fit(
        cls, baskets: Baskets, *, at_us: int, alike: Neighbours, keep: int = 400
    ) -> Evidence:
        """Learns from the lines before ``at_us``; weights beyond the ``keep`` strongest go."""
        past = baskets.before(at_us)
        lately = past.take(past.at_us >= at_us - _LATELY_DAYS * DAY_US)
        return cls(
            at_us=at_us,
            shelf=Shelf.fit(past, at_us=at_us),
            ease=Ease.fit(past, at_us=at_us, l2=300.0, keep=keep).neighbours,
            ease_lately=Ease.fit(lately, at_us=at_us, l2=150.0, keep=keep).neighbours,
            together=Together.fit(past, at_us=at_us).neighbours,
            alike=alike,
        )

    @property
    def n_products(self) -> int:
        """How many products it knows."""
        return len(self.shelf.values)

    def look(self, baskets: Baskets, *, at_us: int) -> Look:
        """Score all products for every visitor of ``baskets`` by what they bought before ``at_us``."""
        past = baskets.before(at_us)
        daily = past.once_a_day()
        age = daily.age_days(at_us)
        has, fading = daily.matrix(), daily.matrix(0.5 ** (age / _FADE_DAYS))
        lately = daily.take(age < _LATELY_DAYS).matrix()
        scores = {
            "ease": self.ease.from_bought(has),
            "ease_fading": self.ease.from_bought(fading),
            "ease_lately": self.ease_lately.from_bought(lately),
            "together": self.together.from_bought(fading),
            "alike": self.alike.from_bought(fading),
        }
        return Look(past, at_us, scores)

    def candidates(
        self, look: Look, *, k: int = 100, n_popular: int = 60
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Own purchases, the ``k`` best of each source, and the popular: (visitor, product) pairs.

        Without repeats, ordered by visitor, then product.
        """
        n = look.past.n_visitors
        parts = [look.past.visitor.astype(np.int64) * self.n_products + look.past.product]
        for source in SOURCES:
            best = _best(look.scores[source], min(k, self.n_products))
            parts.append(_pairs(best, self.n_products))
        popular = np.argsort(-self.shelf["share_28"], kind="stable")[:n_popular]
        parts.append(_pairs(np.tile(popular, (n, 1)), self.n_products))
        pair = np.unique(np.concatenate(parts))
        return (pair // self.n_products).astype(np.int32), (pair % self.n_products).astype(np.int32)

    def features(
        self, look: Look, visitor: NDArray[np.int32], product: NDArray[np.int32]
    ) -> NDArray[np.float32]:
        """``[pairs, FEATURES]``; NaN where there is nothing to say (never bought: no last time)."""
        columns: dict[str, NDArray[Any]] = {}
        for source, scores in look.scores.items():
            mine = scores[visitor, product]
            columns[source] = mine
            columns[f"{source}_of_best"] = mine / (scores.max(axis=1)[visitor] + 1e-9)
        visits = visitor_columns(look.past, at_us=look.at_us)
        columns |= yours_columns(look.past, visitor, product, at_us=look.at_us)
        columns |= {name: visits[name][visitor] for name in VISITOR_COLUMNS}
        columns |= {name: self.shelf[name][product] for name in shelves.COLUMNS}
        columns["price_gap"] = columns["log_price"] - columns["visitor_log_price"]
        columns["quantity_gap"] = columns["log_quantity"] - columns["visitor_log_quantity"]
        return np.stack([columns[f].astype(np.float32) for f in FEATURES], axis=1)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Plain arrays, for a file without pickle."""
        return {
            "at_us": np.array(self.at_us, dtype=np.int64),
            "shelf": self.shelf.values,
            **self.ease.to_arrays("ease"),
            **self.ease_lately.to_arrays("ease_lately"),
            **self.together.to_arrays("together"),
            **self.alike.to_arrays("alike"),
        }

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[Any]]) -> Evidence:
        """The inverse of :meth:`to_arrays`."""
        return cls(
            at_us=int(arrays["at_us"]),
            shelf=Shelf(arrays["shelf"]),
            ease=Neighbours.from_arrays(arrays, "ease"),
            ease_lately=Neighbours.from_arrays(arrays, "ease_lately"),
            together=Neighbours.from_arrays(arrays, "together"),
            alike=Neighbours.from_arrays(arrays, "alike"),
        )


def titles_alike(titles: Sequence[str]) -> Neighbours:
    """The content side of :class:`Evidence`: made once, whatever the time."""
    return alike_titles(titles)


def _best(scores: NDArray[np.float32], k: int) -> NDArray[np.intp]:
    """``[visitors, k]`` products of positive score; a repeat of the first stands in for the rest."""
    if k >= scores.shape[1]:
        top = np.tile(np.arange(scores.shape[1]), (len(scores), 1))
    else:
        top = np.argpartition(-scores, k, axis=1)[:, :k]
    return top


def _pairs(best: NDArray[Any], n_products: int) -> NDArray[np.int64]:
    visitor = np.repeat(np.arange(len(best), dtype=np.int64), best.shape[1])
    return visitor * n_products + best.ravel()


__all__ = ["FEATURES", "SOURCES", "Evidence", "Look", "sparse", "titles_alike"]
