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
    lost: NDArray[np.intp]  # [lost] candidates that took part and got no place, best first


def sell_places(
    bids: Floats,
    weights: Floats,
    products: NDArray[np.int32],
    advertisers: NDArray[np.intp],
    organic: NDArray[np.int64],
    *,
    before: tuple[int, ...],
    examination: Floats,
    reserve: float,
    pricing: Pricing,
    ties: NDArray[Any],
) -> Sold:
    """Sell the places of one page.

    An advertiser takes part with its best ad, so that it never bids against itself. No product stands in two ads: the best ad of a
    product enters, and the next one of it, of another advertiser, is the least that it must outbid. No ad stands below the organic
    place of its product: whoever would is left out, and the places are sold again.

    Args:
        bids, weights: ``[candidates]`` of :func:`~baihuo.ads.pricing.auction`.
        products, advertisers: ``[candidates]`` those of each.
        organic: ``[candidates]`` 0-based organic place of that product on the page; one behind the page: nowhere.
        before: ``[places]`` 0-based organic product that an ad stands before, increasing.
        examination: ``[places]``.
        reserve: Of a click.
        ties: ``[candidates]`` of equal scores the smaller one wins.
    """
    stands_at = np.asarray(before)
    may_stand = (bids >= reserve) & (organic >= stands_at.min(initial=0))
    scores = np.where(may_stand, bids * weights, 0.0)
    order = np.lexsort((ties, -scores))
    while True:
        order = order[scores[order] > 0]
        best, rivals = _entrants(order, products, advertisers)
        least = np.maximum(reserve, scores[rivals] * (rivals >= 0) / weights[best])
        least = np.minimum(least, bids[best])  # of rounding errors
        sold = auction(
            bids[None, best], weights[None, best], examination, reserve=least[None], pricing=pricing
        )
        won = np.flatnonzero(sold.winners[0] >= 0)
        winners = best[sold.winners[0, won]]
        is_below = organic[winners] < stands_at[won]
        if not is_below.any():
            lost = best[~np.isin(best, winners)]
            return Sold(winners, won, sold.prices[0, won], sold.scores[0, won], lost)
        scores[winners[np.argmax(is_below)]] = 0.0  # one by one: it may free the others


def _entrants(
    order: NDArray[np.intp], products: NDArray[np.int32], advertisers: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return who takes part, best first, and beside each the best ad of another advertiser for its product; -1: none."""
    rival_of: dict[int, int] = {}  # product: the next ad of it
    entered: dict[int, int] = {}  # product: its ad
    seen = set()  # advertisers
    for i, product, advertiser in zip(
        order.tolist(), products[order].tolist(), advertisers[order].tolist(), strict=True
    ):
        if advertiser in seen:
            continue
        if product in entered:
            rival_of.setdefault(product, i)
            continue
        entered[product] = i
        seen.add(advertiser)
    best = np.fromiter(entered.values(), dtype=np.intp)
    return best, np.array([rival_of.get(product, -1) for product in entered], dtype=np.intp)
