"""The auction itself: who gets which place, and the price of a click, for many auctions at once.

A click on an ad at place k of K is assumed to be ``examination[k]`` times as likely as at the first, for every ad alike (the separable
model of Edelman, Ostrovsky and Schwarz 2007, "Internet advertising and the generalized second-price auction"; Varian 2007, "Position
auctions"). An ad's weight is what a unit of its bid is worth to the page: P(click) x relevance^a; its score is bid x weight.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Pricing(StrEnum):
    """The payment rule."""

    GSP = "gsp"  # generalised second price: the least bid that keeps the place
    FIRST_PRICE = "first_price"  # the bid
    VCG = "vcg"  # what the others lose by its presence: no false bid gains


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """Winners by place, best first: ``[auctions, places]``, places of 0-based candidates; -1: the place stays empty."""

    winners: NDArray[np.intp]
    prices: Floats  # of a click, in the unit of the bids; 0 where empty
    scores: Floats  # 0 where empty


def auction(
    bids: Floats,
    weights: Floats,
    examination: Floats,
    *,
    reserve: Floats | float = 0.0,
    pricing: Pricing = Pricing.GSP,
    rng: np.random.Generator | None = None,
) -> Outcome:
    """Sell the places of pages.

    Args:
        bids: ``[auctions, candidates]``, for a click; 0 or less: does not take part.
        weights: ``[auctions, candidates]``: P(click) at the first place x relevance^a; 0 or less: does not take part.
        examination: ``[places]``, positive, not increasing, the first 1.
        reserve: The least price of a click; an array is broadcast to ``bids``. A lower bid does not take part.
        pricing: The payment rule.
        rng: Breaks ties; None: the earlier candidate wins.

    Raises:
        ValueError: ``examination`` increases or is not positive.
    """
    if (np.diff(examination) > 0).any() or (examination <= 0).any():
        raise ValueError("examination must be positive and not increase")
    n, n_candidates = bids.shape
    n_places = len(examination)
    if not n_candidates:
        empty = np.zeros((n, n_places))
        return Outcome(np.full((n, n_places), -1, dtype=np.intp), empty, empty)
    reserves = np.broadcast_to(np.asarray(reserve, dtype=np.float64), bids.shape)
    takes_part = (bids > 0) & (weights > 0) & (bids >= reserves)
    scores = np.where(takes_part, bids * weights, 0.0)
    # One more than there are places: the first that is left out sets the price of the last.
    k = min(n_places + 1, n_candidates)
    order = _best(scores, k, rng)
    ranked = np.zeros((n, n_places + 1))
    ranked[:, :k] = np.take_along_axis(scores, order, axis=1)
    winners = np.full((n, n_places), -1, dtype=np.intp)
    winners[:, : min(k, n_places)] = order[:, :n_places]
    winners[ranked[:, :n_places] <= 0] = -1
    own = np.maximum(winners, 0)
    won = winners >= 0
    bid, weight, least = (
        np.where(won, np.take_along_axis(values, own, axis=1), fill)
        for values, fill in ((bids, 0.0), (weights, 1.0), (reserves, 0.0))
    )
    prices = _RULES[pricing](bid, weight, least, ranked, np.asarray(examination))
    return Outcome(winners, np.where(won, prices, 0.0), ranked[:, :n_places])


def _best(scores: Floats, k: int, rng: np.random.Generator | None) -> NDArray[np.intp]:
    """Return the k best candidates of each auction, best first; ties at random or by place."""
    if rng is not None:
        mixed = rng.permuted(np.broadcast_to(np.arange(scores.shape[1]), scores.shape), axis=1)
        order = np.argsort(-np.take_along_axis(scores, mixed, axis=1), axis=1, kind="stable")
        return np.take_along_axis(mixed, order[:, :k], axis=1)
    return np.argsort(-scores, axis=1, kind="stable")[:, :k]


def _first_price(
    bid: Floats, weight: Floats, least: Floats, ranked: Floats, examination: Floats
) -> Floats:
    return bid


def _gsp(bid: Floats, weight: Floats, least: Floats, ranked: Floats, examination: Floats) -> Floats:
    return np.minimum(bid, np.maximum(ranked[:, 1:] / weight, least))


def _vcg(bid: Floats, weight: Floats, least: Floats, ranked: Floats, examination: Floats) -> Floats:
    """Payment of Myerson (1981) for this rule of places: each step down in examination is paid at the bid that would have cost it. Without
    a reserve it is what the others lose (Vickrey 1961, Clarke 1971, Groves 1973)."""
    steps = examination - np.append(examination[1:], 0.0)
    price = np.empty_like(bid)
    for place in range(len(examination)):
        threshold = ranked[:, place + 1 :] / weight[:, [place]]
        threshold = np.maximum(threshold, least[:, [place]])
        price[:, place] = threshold @ steps[place:] / examination[place]
    return np.clip(price, least, bid)  # of rounding errors


_RULES: Mapping[Pricing, Callable[[Floats, Floats, Floats, Floats, Floats], Floats]] = {
    Pricing.GSP: _gsp,
    Pricing.FIRST_PRICE: _first_price,
    Pricing.VCG: _vcg,
}
