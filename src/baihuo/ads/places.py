"""The auction of one page: which ads stand where, at which price, under the rules of the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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
    ties: NDArray[Any],
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
        ties: ``[candidates]`` of equal scores the smaller one wins.
    """
    scores = np.where(bids >= reserve, bids * weights, 0.0)
    order = np.lexsort((ties, -scores))
    order = order[: np.count_nonzero(scores)]
    # The best ad of each product, and what the next one of it would have scored.
    _, first, product_of = np.unique(products[order], return_index=True, return_inverse=True)
    rival = np.zeros(len(first))
    is_next = np.ones(len(order), dtype=bool)
    is_next[first] = False
    later = np.flatnonzero(is_next)[::-1]  # the best of the others is written last
    rival[product_of[later]] = scores[order[later]]
    kept = np.sort(first)
    best, rival = order[kept], rival[product_of[kept]]
    least = np.maximum(reserve, rival / weights[best])
    least = np.minimum(least, bids[best])  # of rounding errors
    bids, weights, organic = bids[best].copy(), weights[best], organic[best]
    stands_at = np.asarray(before)
    while True:
        sold = auction(bids[None], weights[None], examination, reserve=least[None], pricing=pricing)
        won = np.flatnonzero(sold.winners[0] >= 0)
        winners = sold.winners[0, won]
        is_below = organic[winners] < stands_at[won]
        if not is_below.any():
            return Sold(best[winners], won, sold.prices[0, won], sold.scores[0, won])
        bids[winners[np.argmax(is_below)]] = 0.0  # one by one: it may free the others
