"""The stages of :mod:`baihuo.ads.auction` that ranking does not have. Rows of candidates are products; one product may be in several ads."""

from __future__ import annotations

import random
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.ads.ad_context import AdContext, ad_context
from baihuo.ads.ad_table import AdTable
from baihuo.ads.bidding import Bids
from baihuo.ads.places import sell_places
from baihuo.ads.pricing import Floats, Pricing
from baihuo.core import Candidates, Surface
from baihuo.features import request
from baihuo.index import Generation
from baihuo.models import DAY_US
from baihuo.rank import (
    ClickFeatures,
    ClickModel,
    Filter,
    Hydrator,
    RequestContext,
    Selection,
    Selector,
    Source,
)

DEFAULT_P_CLICK, DEFAULT_P_PURCHASE = 0.02, 0.05
"""P(click) and P(purchase | click) where nothing is known: guesses that all ads share, so that bids and relevance decide."""
_CVR = "product_cvr_28d"
_MIXER = np.uint64(0x9E3779B97F4A7C15)  # odd, its bits without pattern (Knuth: the golden ratio)


@dataclass(frozen=True)
class Targeted(Source):
    """Ads whose campaign asks for such a page. The score is the ad's place in the table."""

    table: AdTable

    def find(self, context: RequestContext) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        page = ad_context(context)
        page.eligible = ads = self.table.eligible(page)
        rows = self.table.product_rows[ads]
        ads, rows = ads[rows >= 0], rows[rows >= 0]
        return rows, ads.astype(np.float64)


@dataclass(frozen=True)
class Campaigns(Hydrator):
    """``ad``, ``campaign`` and ``advertiser``: rows of the table."""

    table: AdTable

    def reads(self) -> set[str]:
        return {"from_targeted"}

    def writes(self) -> set[str]:
        return {"ad", "campaign", "advertiser"}

    def columns(self, context: RequestContext, candidates: Candidates) -> dict[str, NDArray[Any]]:
        ads = candidates.columns["from_targeted"].astype(np.intp)
        campaigns = self.table.campaign_row[ads]
        return {
            "ad": ads,
            "campaign": campaigns,
            "advertiser": self.table.advertiser_row[campaigns],
        }


class Funded(Filter):
    """Keep campaigns that can pay for a click now."""

    def reads(self) -> set[str]:
        return {"campaign"}

    def keep(self, context: RequestContext, candidates: Candidates) -> NDArray[np.bool_]:
        return ad_context(context).campaigns.is_open[candidates.columns["campaign"]]


class UnderFrequencyCap(Filter):
    """Keep campaigns that the visitor has not seen too often today."""

    def reads(self) -> set[str]:
        return {"campaign"}

    def keep(self, context: RequestContext, candidates: Candidates) -> NDArray[np.bool_]:
        return ~ad_context(context).campaigns.is_capped[candidates.columns["campaign"]]


@dataclass(frozen=True)
class AnswerRelevance(Hydrator):
    """``relevance`` on a search: that of its answer set, of the best product of it: 1 is as relevant as that, 0 outside it."""

    generation: Generation

    def writes(self) -> set[str]:
        return {"relevance"}

    def columns(self, context: RequestContext, candidates: Candidates) -> dict[str, NDArray[Any]]:
        of_rows = np.zeros(self.generation.snapshot.n)
        if (answer := context.answer) is not None:
            best = answer.relevance.max(initial=0.0)
            # Without words, or sorted, all are relevant alike.
            of_rows[answer.rows] = answer.relevance / best if best > 0 else 1.0
        return {"relevance": of_rows[candidates.rows]}


@dataclass(frozen=True)
class Predictions(Hydrator):
    """``features`` and ``p_click``: as the click model read them with the page's own candidates, else read here."""

    features: ClickFeatures
    click_model: ClickModel | None

    def writes(self) -> set[str]:
        return {"features", "p_click"}

    def columns(self, context: RequestContext, candidates: Candidates) -> dict[str, NDArray[Any]]:
        page = ad_context(context)
        beside, n = page.predictions, len(candidates)
        if not n:
            return {"features": np.empty((0, len(self.features.names))), "p_click": np.empty(0)}
        if beside.features is None:
            organic = np.array([row for row in page.organic if row >= 0], dtype=np.int32)
            beside.n_page = len(organic)
            beside.features = self.features.of(
                context, np.concatenate([organic, candidates.rows]), n_candidates=len(organic)
            )
        if beside.p_click is None:
            beside.p_click = (
                np.full(len(beside.features), DEFAULT_P_CLICK)
                if self.click_model is None
                else self.click_model.of(context, beside.features)[1]
            )
        return {"features": beside.features[-n:], "p_click": beside.p_click[-n:]}


@dataclass(frozen=True)
class NearRelevance(Hydrator):
    """``relevance`` on a product page and on home: the cosine with the product, or with what the visitor clicked, of the page's best candidate's: 1
    is as near as that, 0 not at all. 1 for all on home where nothing was clicked, or may not be used."""

    features: ClickFeatures

    def reads(self) -> set[str]:
        return {"features"}

    def writes(self) -> set[str]:
        return {"relevance"}

    def columns(self, context: RequestContext, candidates: Candidates) -> dict[str, NDArray[Any]]:
        page, n = ad_context(context), len(candidates)
        is_similar = page.query.surface is Surface.SIMILAR
        if not n or (page.is_contextual and not is_similar):
            return {"relevance": np.ones(n)}
        of = ("anchor_cosine",) if is_similar else ("taste_clicked", "near_last_click")
        beside = page.predictions
        columns = [self.features.names.index(name) for name in of]
        near = np.asarray(beside.features)[:, columns].max(axis=1).astype(np.float64)
        if np.isnan(near[-n:]).any():  # nothing was clicked
            return {"relevance": np.ones(n)}
        best = near[: beside.n_page].max(initial=1e-6)
        return {"relevance": np.clip(near[-n:] / best, 0.0, 1.0)}


@dataclass(frozen=True)
class RelevantEnough(Filter):
    """Keep ads that are at least ``floor`` as relevant as the best organic product."""

    floor: float

    def reads(self) -> set[str]:
        return {"relevance"}

    def keep(self, context: RequestContext, candidates: Candidates) -> NDArray[np.bool_]:
        return np.asarray(candidates.columns["relevance"] >= max(self.floor, 1e-9))


@dataclass(frozen=True)
class HighestBids(Selector):
    """The cheap cut before P(click) is computed: the ``k`` highest of bid x relevance, with the usual rates of clicks and purchases."""

    bids: Bids
    generation: Generation
    k: int = 200

    def reads(self) -> set[str]:
        return {"campaign", "price_minor"}

    def choose(self, context: RequestContext, candidates: Candidates) -> Selection:
        n = len(candidates)
        if n <= self.k:
            return Selection(np.arange(n))
        usual = np.full(n, DEFAULT_P_CLICK), np.full(n, DEFAULT_P_PURCHASE)
        bids = _paced(self.bids, context, candidates, *usual)
        relevance = candidates.columns.get("relevance")
        if relevance is None and (target := self._target(ad_context(context))) is not None:
            relevance = request.cosine(target, self.generation.taste_vectors[candidates.rows])
        scores = bids if relevance is None else bids * np.maximum(relevance, 0.0)
        return Selection(np.argpartition(-scores, self.k - 1)[: self.k])

    def _target(self, page: AdContext) -> NDArray[np.float32] | None:
        """Return what relevant products are near to; None: unknown."""
        vectors = self.generation.taste_vectors
        if page.query.surface is Surface.SIMILAR:
            return vectors[page.anchor_row]
        if page.is_contextual or not len(page.viewed.rows):
            return None
        ages = ((page.query.at_us - page.viewed.at_us) / DAY_US).astype(np.float32)
        return np.asarray(request.taste(vectors[page.viewed.rows], ages))


@dataclass(frozen=True)
class ClickBids(Hydrator):
    """``bid``: minor units a click, after pacing, of a target the worth of a click to it at most; ``p_purchase``: P(purchase | click), the product's of four
    weeks, shrunk to the usual."""

    bids: Bids
    features: ClickFeatures

    def reads(self) -> set[str]:
        return {"campaign", "features", "p_click", "price_minor"}

    def writes(self) -> set[str]:
        return {"bid", "p_purchase"}

    def columns(self, context: RequestContext, candidates: Candidates) -> dict[str, NDArray[Any]]:
        names = self.features.names
        p_purchase = np.full(len(candidates), DEFAULT_P_PURCHASE)
        if _CVR in names:
            known = candidates.columns["features"][:, names.index(_CVR)].astype(np.float64)
            p_purchase = np.where(np.isnan(known), p_purchase, known)
        p_click = candidates.columns["p_click"]
        bid = _paced(self.bids, context, candidates, p_click, p_purchase)
        return {"bid": bid, "p_purchase": p_purchase}


def _paced(
    bids: Bids, context: RequestContext, candidates: Candidates, p_click: Floats, p_purchase: Floats
) -> Floats:
    """Return bids for a click, ``[candidates]``."""
    state, rows = ad_context(context).campaigns, candidates.columns["campaign"]
    sale = np.maximum(candidates.columns["price_minor"], 0).astype(np.float64)
    of_clicks = bids.of_clicks(rows, p_click, p_purchase, sale, state.corrections)
    return bids.at(rows, of_clicks, state.multipliers)


@dataclass(frozen=True)
class SoldPlaces(Selector):
    """The auction. Keeps the winners and the best that lost, with ``place`` (into ``before``; -1: lost), ``price`` (of a click), ``weight``
    and ``auction_score``."""

    before: tuple[int, ...]  # 0-based organic product of the page that an ad stands before
    examination: Floats
    largest_share: float  # of all places of the page
    reserve: float
    relevance_exponent: float
    pricing: Pricing
    seed: int
    exploration: float = 0.0  # share of pages whose ads are drawn
    n_logged: int = 12  # losers

    def reads(self) -> set[str]:
        return {"advertiser", "bid", "p_click", "relevance"}

    def writes(self) -> set[str]:
        return {"place", "price", "propensity", "weight", "auction_score"}

    def choose(self, context: RequestContext, candidates: Candidates) -> Selection:
        page, columns = ad_context(context), candidates.columns
        n_organic = len(page.served.page.placed)
        n_places = n_places_of(n_organic, self.largest_share, self.before)
        weights = columns["p_click"] * columns["relevance"] ** self.relevance_exponent
        nowhere = n_organic + 1
        organic = np.array(
            [page.organic.get(row, nowhere) for row in candidates.rows.tolist()], dtype=np.int64
        )
        salt = self._salt(page.query.query_id)
        sold = sell_places(
            columns["bid"],
            weights,
            candidates.rows,
            columns["advertiser"],
            organic,
            before=self.before[:n_places],
            examination=self.examination[:n_places],
            reserve=self.reserve,
            pricing=self.pricing,
            ties=self._ties(salt, columns["ad"]),
        )
        scores = columns["bid"] * weights
        lost = sold.lost[: self.n_logged]
        order = np.concatenate([sold.candidates, lost])
        none = np.zeros(len(lost))
        places, prices, propensity = explored(
            np.concatenate([sold.places, np.full(len(lost), -1)]),
            np.concatenate([sold.prices, none]),
            columns["bid"][order],
            organic[order],
            self.before,
            self.exploration,
            salt,
        )
        return Selection(
            order,
            {
                "place": places,
                "price": prices,
                "propensity": propensity,
                "weight": weights[order],
                "auction_score": np.concatenate([sold.scores, scores[lost]]),
            },
        )

    def _salt(self, query_id: str) -> int:
        """Return a number that is drawn anew for each page, and the same for the same page and seed."""
        return int.from_bytes(
            blake2b(query_id.encode(), digest_size=8, salt=self.seed.to_bytes(8, "big")).digest()
        )

    def _ties(self, salt: int, ads: NDArray[np.intp]) -> NDArray[np.uint64]:
        with np.errstate(over="ignore"):
            mixed = (ads.astype(np.uint64) + np.uint64(salt)) * _MIXER
        return mixed ^ (mixed >> np.uint64(29))


def explored(
    places: NDArray[np.intp],
    prices: Floats,
    bids: Floats,
    organic: NDArray[np.int64],
    before: tuple[int, ...],
    share: float,
    salt: int,
) -> tuple[NDArray[np.intp], Floats, Floats]:
    """Return the places and prices after a seeded draw, and P(this ad at this place).

    On ``share`` of all pages, the ads that may stand at every sold place (above their organic place), those that lost among them, are placed
    at random, so that any other order of them can be estimated. Sold ads keep their prices; one that lost pays what its place costs, at most
    its bid.

    Args:
        places: ``[ads]``, as sold; -1: lost.
        prices: ``[ads]`` of a click.
        bids: ``[ads]`` for a click.
        organic: ``[ads]`` 0-based organic place of each ad's product.
        salt: Of the page.
    """
    is_sold = places >= 0
    propensity = is_sold.astype(np.float64)
    if not share or not is_sold.any():
        return places, prices, propensity
    may_stand = organic >= np.asarray(before)[places[is_sold]].max()
    free, moves = np.flatnonzero(may_stand), np.flatnonzero(may_stand & is_sold)
    if len(free) < 2 or not len(moves):
        return places, prices, propensity
    rng, drawn, paid = random.Random(salt), places.copy(), prices.copy()
    if rng.random() < share:
        placed = np.array(rng.sample(free.tolist(), len(moves)))
        new = placed[~is_sold[placed]]
        drawn[free] = -1
        drawn[placed] = places[moves]
        price_at = dict(zip(places[moves].tolist(), prices[moves].tolist(), strict=True))
        paid[new] = np.minimum(bids[new], [price_at[place] for place in drawn[new].tolist()])
    stays = is_sold & (drawn == places)
    propensity[free] = share / len(free) + np.where(stays, 1 - share, 0.0)[free]
    return drawn, paid, np.where(drawn >= 0, propensity, 0.0)


def n_places_of(n_organic: int, largest_share: float, before: tuple[int, ...]) -> int:
    """Return how many ads a page of organic products may have: at most that share of all its places, each before one of them."""
    n = int(largest_share * n_organic / (1 - largest_share) + 1e-9)
    return min(n, sum(place < n_organic for place in before))
