"""The auction of a page. Read this first: it is a list of stages, as every surface is (:mod:`baihuo.rank.surfaces`).

eligible    campaigns whose target, schedule and visitor fit; that can pay now; under their frequency cap; in stock
predict     the 200 highest of bid x relevance get P(click) of the click model, in its call for the page itself; relevant enough
bid         from what the advertiser asked for to minor units a click, after pacing (``bidding``, ``pacing``)
auction     score = bid x P(click) x relevance^a; places, rules of the page and prices (``places``, ``pricing``)
record      the sold places are returned with what decided them: the caller reserves, signs and logs them

Organic products, their order, totals and facets are those of the page without ads.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from baihuo.ads.ad_context import AdContext
from baihuo.ads.ad_table import AdTable
from baihuo.ads.bidding import Bids
from baihuo.ads.pricing import Floats, Pricing
from baihuo.ads.settings import AdsSettings
from baihuo.ads.stages import (
    AnswerRelevance,
    Campaigns,
    ClickBids,
    Funded,
    HighestBids,
    NearRelevance,
    Predictions,
    RelevantEnough,
    SoldPlaces,
    Targeted,
    UnderFrequencyCap,
)
from baihuo.core import Surface
from baihuo.index import Generation
from baihuo.rank import (
    ClickFeatures,
    ClickModel,
    ForSale,
    InCatalogue,
    Offers,
    Pipeline,
    PipelineResult,
    QueryFilters,
    Stage,
)

_FIRST, _APART = 2, 6  # 0-based organic products before the first ad, and between two ads
_EXAMINATION_STEP = 0.85  # of P(click) from an ad to the next, until clicks on ads say otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class AuctionParts:
    """What the stages read."""

    table: AdTable
    bids: Bids
    generation: Generation
    features: ClickFeatures
    click_model: ClickModel | None  # None: a bundle trained without impressions
    settings: AdsSettings
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldPlace:
    """An ad on a page, and what decided it."""

    ad: int  # row of the table
    campaign: int  # row of campaigns
    product_id: str
    before: int  # 0-based organic product of this page that it stands before
    slot: int  # 1-based among the page's ads
    price_minor: int  # of a click, or of a thousand impressions
    is_per_thousand: bool
    p_click: float  # at this slot
    propensity: float  # P(this ad at this slot)


def stages(parts: AuctionParts, surface: Surface) -> list[Stage]:
    """Build the stages of the ads of a surface."""
    generation, settings = parts.generation, parts.settings
    relevant = RelevantEnough(settings.relevance_floor)
    is_search = surface is Surface.SEARCH
    before = places(settings.places.get(surface, 0))
    return [
        Targeted(parts.table),
        Campaigns(parts.table),
        Funded(),
        UnderFrequencyCap(),
        Offers(generation),
        InCatalogue(),
        ForSale(),
        QueryFilters(generation),
        *([AnswerRelevance(generation), relevant] if is_search else []),
        HighestBids(parts.bids, generation),
        Predictions(parts.features, parts.click_model),
        *([] if is_search else [NearRelevance(parts.features), relevant]),
        ClickBids(parts.bids, parts.features),
        SoldPlaces(
            before=before,
            examination=examination(len(before)),
            largest_share=settings.share,
            reserve=settings.reserve_minor.get(surface, 1),
            relevance_exponent=settings.relevance_exponent,
            pricing=Pricing(settings.pricing),
            seed=parts.seed,
            exploration=settings.exploration,
        ),
    ]


def places(n: int) -> tuple[int, ...]:
    """Return the 0-based organic products that the ads of a page stand before."""
    return tuple(_FIRST + _APART * i for i in range(n))


def examination(n: int) -> Floats:
    """Return P(click) at each place of ads, of that at the first."""
    return np.power(_EXAMINATION_STEP, np.arange(n, dtype=np.float64))


class Auction:
    """The pipelines of the ads of every surface. Thread-safe."""

    def __init__(self, parts: AuctionParts) -> None:
        """
        Raises:
            ValueError: the order of stages is invalid.
        """
        self._parts = parts
        self._pipelines = {
            surface: Pipeline(f"ads of {surface}", stages(parts, surface))
            for surface in Surface
            if parts.settings.places.get(surface, 0)
        }

    @property
    def pricing(self) -> Pricing:
        """The payment rule."""
        return Pricing(self._parts.settings.pricing)

    def sells(self, surface: Surface) -> bool:
        """Whether pages of a surface have places for ads."""
        return surface in self._pipelines

    def begin(self, context: AdContext) -> PipelineResult:
        """Run the stages that need no predictions, before the page's own candidates get theirs.

        Raises:
            KeyError: the surface has no places for ads.
        """
        return self._pipelines[context.query.surface].run(context, until=Predictions)

    def run(self, context: AdContext, begun: PipelineResult | None) -> PipelineResult:
        """Run the stages of the surface of a page that is made; ``begun``: those that ran.

        Raises:
            KeyError: the surface has no places for ads.
        """
        return self._pipelines[context.query.surface].run(context, begun=begun)

    def sold(self, context: AdContext, run: PipelineResult) -> tuple[SoldPlace, ...]:
        """Return the sold places of a run, first to last. Prices are whole minor units, rounded down; what rounds to nothing is not sold."""
        columns, ids = run.candidates.columns, self._parts.generation.product_ids
        if "place" not in columns or run.failed:
            return ()
        before = places(self._parts.settings.places[context.query.surface])
        factor, per_thousand = examination(len(before)), self._parts.bids.per_thousand
        found = []
        for i, row in enumerate(run.candidates.rows.tolist()):
            place, price = int(columns["place"][i]), float(columns["price"][i])
            is_per_thousand = bool(per_thousand[columns["campaign"][i]])
            if is_per_thousand:
                price *= float(columns["p_click"][i]) * 1_000
            price_minor = int(price + 1e-6)
            if place < 0 or price_minor < 1:
                continue
            found.append(
                SoldPlace(
                    ad=int(columns["ad"][i]),
                    campaign=int(columns["campaign"][i]),
                    product_id=str(ids[row]),
                    before=before[place],
                    slot=place + 1,
                    price_minor=price_minor,
                    is_per_thousand=is_per_thousand,
                    p_click=float(columns["p_click"][i] * factor[place]),
                    propensity=float(columns["propensity"][i]),
                )
            )
        return tuple(sorted(found, key=lambda sold: sold.slot))
