"""The auction of one page: which ads stand where, at which price, under the rules of the page."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.ads.pricing import Floats, Pricing, auction


@dataclass(frozen=True, slots=True, eq=False)
class Sold:
    """Sold places, first to last; a place that nobody may have is left out."""

    candidates: NDArray[np.intp]  # [sold] positions among the candidates
    places: NDArray[np.intp]  # [sold] into ``before``
    prices: Floats  # [sold] of a click, in minor units, not rounded
    scores: Floats  # [sold]


def sell_places(
    bids: Floats,
    weights: Floats,
    products: NDArray[np.int32],
    organic: NDArray[np.int64],
    *,
    before: tuple[int, ...],
    examination: Floats,
    reserve: float,
    pricing: Pricing,
    rng: np.random.Generator,
) -> Sold:
    """Sell the places of one page.

    No product stands in two ads: the best ad of a product enters, and the next one of it is the least that it must outbid. No
    ad stands below the organic place of its product: whoever would is left out, and the places are sold again.

    Args:
        bids, weights: ``[candidates]`` of :func:`~baihuo.ads.pricing.auction`.
        products: ``[candidates]`` the product of each.
        organic: ``[candidates]`` 0-based organic place of that product on the page; one behind the page: nowhere.
        before: ``[places]`` 0-based organic product that an ad stands before, increasing.
        examination: ``[places]``.
        reserve: Of a click.
    """
    scores = np.where(bids >= reserve, bids * weights, 0.0)
    best, rival = _best_of_products(scores, products, rng)
    least = np.full(len(bids), reserve)
    least[best] = np.maximum(reserve, rival / np.maximum(weights[best], 1e-12))
    least = np.minimum(least, np.maximum(bids, reserve))  # of rounding errors
    entered = np.zeros(len(bids), dtype=bool)
    entered[best] = True
    stands_at = np.asarray(before)
    while True:
        sold = auction(
            np.where(entered, bids, 0.0)[None],
            weights[None],
            examination,
            reserve=least[None],
            pricing=pricing,
            rng=rng,
        )
        won = np.flatnonzero(sold.winners[0] >= 0)
        winners = sold.winners[0, won]
        is_below = organic[winners] < stands_at[won]
        if not is_below.any():
            return Sold(winners, won, sold.prices[0, won], sold.scores[0, won])
        entered[winners[np.argmax(is_below)]] = False  # one by one: it may free the others


def _best_of_products(
    scores: Floats, products: NDArray[np.int32], rng: np.random.Generator
) -> tuple[NDArray[np.intp], Floats]:
    """Return the best candidate of each product, ties by the seed, and the score of the next one of it (0: none)."""
    order = np.lexsort((rng.random(len(scores)), -scores, products))
    ordered = products[order]
    is_first = np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)]
    first = np.flatnonzero(is_first)
    has_next = first + 1 < len(ordered)
    has_next[has_next] &= ~is_first[first[has_next] + 1]
    rival = np.zeros(len(first))
    rival[has_next] = scores[order[first[has_next] + 1]]
    return order[first], rival
