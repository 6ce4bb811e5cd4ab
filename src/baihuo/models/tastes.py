"""What a visitor likes, inferred at once from all that was shown, clicked, searched for and put into the cart.

Of each visitor, every category belongs to one of three classes of interest and every brand to one of two, and there is a
price level. Clicks on a product that was shown are Poisson, with the rate

    rate of such impressions × activity of the visitor × interest in category, in brand and in price

In a search the category is the query's, so interest in it changes no rate there; how often a category is searched for and put
into the cart, for what all visitors do, tells of it instead. Brands are liked more often where liked categories have them.
The factors of the posterior are found in turn (mean field: Blei, Kucukelbir and McAuliffe 2017, doi
10.1080/01621459.2017.1285773), the parameters by EM over a sample of visitors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import scipy
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TASTE_WEIGHT = 1.5
"""What the log of the rate weighs, added to the log-odds of click models (docs/decisions/0027)."""
LEVELS: Final = np.linspace(0.02, 0.98, 13)
"""Price levels: shares of a category's products that are cheaper."""
_STEEPNESS = 1.5  # log of the rate that is lost from the cheapest to the dearest
_BANDS: Final = np.array([0.02, 0.06, 0.12, 0.25, 0.5])  # a brand's share of liked categories
_CART_POWER = 0.5  # most carts follow a click, which counts already
_ACTIVITY, _BRAND = 8.0, 20.0  # pseudo-counts
_ROUNDS_TO_FIT, _ROUNDS = 12, 3


TASTE_SHAPES: Final = {
    "rates": (2,),
    "category": (3,),
    "searched": (3,),
    "carted": (3,),
    "category_prior": (3,),
    "brand": (2,),
    "brand_prior": (len(_BANDS) + 1, 2),
    "level_prior": (len(LEVELS),),
}
"""The arrays of :class:`Tastes`; all are positive."""


def _level_factors(level: Floats) -> Floats:
    """``[products, LEVELS]``: interest in a price by the level that is preferred; 1 on average over all prices."""
    mean = (2 - np.exp(-_STEEPNESS * LEVELS) - np.exp(-_STEEPNESS * (1 - LEVELS))) / _STEEPNESS
    return np.asarray(np.exp(-_STEEPNESS * np.abs(level[:, None] - LEVELS)) / mean)


_STEPS = 100
_FACTORS: Final = _level_factors(np.linspace(0, 1, _STEPS + 1))  # an exponential of each is dearer
_LOG_FACTORS: Final = np.log(_FACTORS)


def _step(level: Floats) -> Ints:
    """The row of ``_FACTORS`` of each price."""
    return np.rint(level * _STEPS).astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Assortment:
    """What products a shop sells: categories and brands as numbers. The last of each is for products without one."""

    brand_share: Any  # [categories, brands] sparse: share of the category's products
    searched_share: Floats  # [categories] of all searches
    carted_share: Floats

    @property
    def n_categories(self) -> int:
        return int(self.brand_share.shape[0])

    @property
    def n_brands(self) -> int:
        return int(self.brand_share.shape[1])


def _brand_shares(category: Ints, brand: Ints, *, n_categories: int, n_brands: int) -> Any:
    """``[categories, brands]``: the share of each brand. Args: category, brand: ``[products]``."""
    one = np.ones(len(category))
    counts = scipy.sparse.csr_matrix((one, (category, brand)), (n_categories, n_brands))
    totals = np.maximum(np.asarray(counts.sum(axis=1)).ravel(), 1)
    return scipy.sparse.diags(1 / totals) @ counts


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What visitors saw and did in some weeks: a row for each visitor and product, ``[rows]`` each."""

    visitor: Ints  # 0 … visitors - 1
    category: Ints  # of the product
    brand: Ints
    level: Floats  # of its price
    shown: Floats  # impressions outside searches
    clicked: Floats  # clicks there
    found: Floats  # impressions in searches
    clicked_found: Floats
    searched: (
        Floats  # searches for it: a third for each of the first three products, 1 for a click there
    )
    carted: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Interests:
    """Posterior means of the factors of the rate, where 1 is indifferent."""

    category: Floats  # [visitors, categories]
    brand: Floats  # [visitors, brands]
    level: Floats  # [visitors, LEVELS]: the probability of each

    def log_factors(
        self, visitor: int | Ints, category: Ints, brand: Ints, level: Floats
    ) -> Floats:
        """``[3, products]``: what category, brand and price add to a product's log-odds of a click."""
        price = (_FACTORS[_step(level)] * self.level[visitor]).sum(axis=-1)
        return np.log([self.category[visitor, category], self.brand[visitor, brand], price])


@dataclass(frozen=True, slots=True, eq=False)
class Tastes:
    """The parameters, common to all visitors. Factors by class of interest, the lowest first; priors sum to 1."""

    rates: Floats  # [2] clicks for an impression: outside searches, in searches
    category: Floats  # [3]
    searched: Floats  # [3]
    carted: Floats  # [3]
    category_prior: Floats  # [3]
    brand: Floats  # [2]
    brand_prior: Floats  # [6, 2] by band of the brand's share of liked categories
    level_prior: Floats  # [LEVELS]
    searched_share: Mapping[str, float]  # by category, of all searches
    carted_share: Mapping[str, float]

    def assortment(
        self, names: Sequence[str], category: Ints, brand: Ints, n_brands: int
    ) -> Assortment:
        """What a shop sells, as the model reads it.

        Args:
            names: of the categories, without the one for none.
            category, brand: ``[products]``.
            n_brands: without the one for none.
        """
        shares = [
            np.array([of.get(name, min(of.values(), default=0.0)) for name in names] + [0.0])
            for of in (self.searched_share, self.carted_share)
        ]
        sold = _brand_shares(category, brand, n_categories=len(names) + 1, n_brands=n_brands + 1)
        return Assortment(sold, *shares)

    def interests(self, seen: Seen, assortment: Assortment, *, n_visitors: int = 1) -> Interests:
        """The posterior of each visitor, from what they saw."""
        inference = _Inference(seen, assortment, n_visitors)
        inference.begin(self)
        for _ in range(_ROUNDS):
            inference.update(self)
        return Interests(
            inference.category @ self.category, inference.brand @ self.brand, inference.level
        )


def fit_tastes(
    seen: Seen,
    *,
    category_names: Sequence[str],
    category: Ints,
    brand: Ints,
    n_visitors: int,
    n_brands: int,
) -> Tastes:
    """Parameters from what visitors saw, by EM.

    Args:
        category_names, category, brand, n_brands: of the products of the shop, as in :meth:`Tastes.assortment`.
    """
    shares = []
    for n in (seen.searched, seen.carted):
        by_category = np.bincount(seen.category, n, len(category_names) + 1)[:-1] + 1.0
        by_category /= by_category.sum()
        shares.append(dict(zip(category_names, by_category.tolist(), strict=True)))
    tastes = Tastes(
        rates=np.array(
            [
                _ratio(seen.clicked.sum(), seen.shown.sum(), 1e-9),
                _ratio(seen.clicked_found.sum(), seen.found.sum(), 1e-9),
            ]
        ),
        category=np.geomspace(0.15, 1.5, 3),
        searched=np.geomspace(0.4, 8, 3),
        carted=np.geomspace(0.4, 8, 3),
        category_prior=np.array([0.8, 0.1, 0.1]),
        brand=np.array([0.8, 2.5]),
        brand_prior=np.tile([0.85, 0.15], (len(_BANDS) + 1, 1)),
        level_prior=_normalised(-0.5 * ((LEVELS - 0.45) / 0.2) ** 2),
        searched_share=shares[0],
        carted_share=shares[1],
    )
    assortment = tastes.assortment(category_names, category, brand, n_brands)
    inference = _Inference(seen, assortment, n_visitors)
    for _ in range(_ROUNDS_TO_FIT):
        inference.begin(tastes)
        inference.update(tastes)
        tastes = replace(tastes, **inference.learned())
    return tastes


class _Inference:
    """The factors of the posterior, each updated while the others stay."""

    def __init__(self, seen: Seen, sold: Assortment, n_visitors: int) -> None:
        self.seen, self.sold, self.n = seen, sold, n_visitors
        self.n_clicked = self._by_category(seen.clicked)
        self.n_clicked_brand = self._by_brand(seen.clicked + seen.clicked_found)
        self.n_searched, self.n_carted = map(self._by_category, (seen.searched, seen.carted))
        self.usual_searched, self.usual_carted = (  # by the habits of all visitors
            np.bincount(seen.visitor, n, n_visitors)[:, None] * share
            for n, share in (
                (seen.searched, sold.searched_share),
                (seen.carted, sold.carted_share),
            )
        )
        step = _step(seen.level)
        self.at_level, self.log_at_level = _FACTORS[step], _LOG_FACTORS[step]
        self.level_of = seen.visitor[:, None] * len(LEVELS) + np.arange(len(LEVELS))
        one = np.ones(len(seen.visitor))
        self.in_brand, self.in_level, self.activity = one, one, one

    def begin(self, tastes: Tastes) -> None:
        """The parts of the log-likelihood that are the same in every round."""
        clicks = self.seen.clicked + self.seen.clicked_found
        self.of_category = (
            np.log(tastes.category_prior)
            + _poisson(self.n_searched, self.usual_searched, tastes.searched)
            + _CART_POWER * _poisson(self.n_carted, self.usual_carted, tastes.carted)
            + self.n_clicked[..., None] * np.log(tastes.category)
        )
        self.of_brand = self.n_clicked_brand[..., None] * np.log(tastes.brand)
        self.of_level = np.log(tastes.level_prior) + self._by_level(
            clicks[:, None] * self.log_at_level
        )

    def update(self, tastes: Tastes) -> None:
        """One round: categories, brands, the price level, and how active each visitor is."""
        seen, clicks = self.seen, self.seen.clicked + self.seen.clicked_found
        on_page, found = (
            rate * times * self.activity
            for rate, times in zip(tastes.rates, (seen.shown, seen.found), strict=True)
        )
        self.expected = self._by_category(on_page * self.in_brand * self.in_level)
        self.category = _normalised(self.of_category - self.expected[..., None] * tastes.category)
        on_page = on_page * (self.category @ tastes.category)[seen.visitor, seen.category]

        self.expected_brand = self._by_brand((on_page + found) * self.in_level)
        liked = self.category[:, :, -1] @ self.sold.brand_share
        self.brand_band = np.digitize(liked, _BANDS)
        self.brand = _normalised(
            np.log(tastes.brand_prior)[self.brand_band]
            + self.of_brand
            - self.expected_brand[..., None] * tastes.brand
        )
        self.in_brand = (self.brand @ tastes.brand)[seen.visitor, seen.brand]

        rate = (on_page + found) * self.in_brand
        self.level = _normalised(self.of_level - self._by_level(rate[:, None] * self.at_level))
        self.in_level = (self.level[seen.visitor] * self.at_level).sum(axis=1)

        rate = rate * self.in_level / self.activity
        n_clicks, n_expected = (np.bincount(seen.visitor, of, self.n) for of in (clicks, rate))
        self.activity = _ratio(n_clicks, n_expected, _ACTIVITY)[seen.visitor]
        scale = self.activity * self.in_brand * self.in_level
        in_category = (self.category @ tastes.category)[seen.visitor, seen.category]
        self.per_rate = seen.shown * in_category * scale, seen.found * scale

    def learned(self) -> dict[str, Any]:
        """The parameters that make what was seen most likely, with the posterior as it is."""
        seen = self.seen
        bands = range(len(_BANDS) + 1)
        first = np.array([0.85, 0.15])
        return {
            "rates": np.array(
                [
                    _ratio(n.sum(), of.sum(), 1e-9)
                    for n, of in zip((seen.clicked, seen.clicked_found), self.per_rate, strict=True)
                ]
            ),
            "category": self._factors(self.category, self.n_clicked, self.expected),
            "searched": self._factors(self.category, self.n_searched, self.usual_searched),
            "carted": self._factors(self.category, self.n_carted, self.usual_carted),
            "category_prior": self.category.mean(axis=(0, 1)),
            "brand": self._factors(self.brand, self.n_clicked_brand, self.expected_brand),
            "brand_prior": np.array(
                [
                    (of.sum(axis=0) + _BRAND * first) / (len(of) + _BRAND)
                    for of in (self.brand[self.brand_band == band] for band in bands)
                ]
            ),
            "level_prior": _normalised(np.log(self.level.mean(axis=0) + 1e-3)),
        }

    @staticmethod
    def _factors(classes: Floats, n: Floats, expected: Floats) -> Floats:
        """``[classes]``: events of each class for each that was expected."""
        n_of, expected_of = (np.einsum("vgc,vg->c", classes, of) for of in (n, expected))
        return np.asarray(_ratio(n_of, expected_of, 0.5))

    def _by_category(self, of: Floats) -> Floats:
        return self._sums(self.seen.category, of, self.sold.n_categories)

    def _by_brand(self, of: Floats) -> Floats:
        return self._sums(self.seen.brand, of, self.sold.n_brands)

    def _by_level(self, of: Floats) -> Floats:
        """``[rows, LEVELS]`` to ``[visitors, LEVELS]``."""
        sums = np.bincount(self.level_of.ravel(), of.ravel(), self.n * len(LEVELS))
        return sums.astype(np.float64).reshape(self.n, len(LEVELS))

    def _sums(self, group: Ints, of: Floats, n_groups: int) -> Floats:
        """``[visitors, groups]``, 0 in the last, which is for products without one."""
        at = self.seen.visitor * n_groups + group
        totals: Floats = np.bincount(at, of, self.n * n_groups).astype(np.float64)
        sums = totals.reshape(self.n, n_groups)
        sums[:, -1] = 0
        return sums


def _poisson(n: Floats, expected: Floats, factors: Floats) -> Floats:
    """``[…, classes]``: the log-likelihood of ``n`` events, where ``expected`` times a factor were due."""
    return np.asarray(n[..., None] * np.log(factors) - expected[..., None] * factors)


def _normalised(logs: Floats) -> Floats:
    """Probabilities over the last axis."""
    p = np.exp(logs - logs.max(axis=-1, keepdims=True))
    return np.asarray(p / p.sum(axis=-1, keepdims=True))


def _ratio(n: Any, of: Any, pseudo: float) -> Any:
    return (n + pseudo) / (of + pseudo)
