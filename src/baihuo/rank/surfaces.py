"""Read this first: every surface is one list of stages, in the order in which they run.

search   answer set → 200 most relevant → click model or relevance → diversity → exploration
sorted   answer set as the visitor sorted it
home     own purchases, what goes with them, taste, popular, new → ranker → diversity → exploration
similar  vectors of the product, what goes with it → ranker → diversity → exploration
"""

from __future__ import annotations

from dataclasses import dataclass

from baihuo.bundle.clicks import ClickModels
from baihuo.bundle.purchases import Purchases
from baihuo.core import Surface
from baihuo.features import FeatureState
from baihuo.index import Generation
from baihuo.model_inputs import TransformedColumns
from baihuo.rank.board import Board
from baihuo.rank.exploration import Exploration
from baihuo.rank.filters import AsAsked, ForSale, Listed, NotBought, NotThis
from baihuo.rank.hydrators import (
    ClickFeatures,
    ClickModel,
    Offers,
    PurchaseOrder,
    StandingOf,
    Taste,
)
from baihuo.rank.observers import Tally
from baihuo.rank.scorers import ByClicks, ForHome, ForSimilar, Relevant
from baihuo.rank.selectors import Best, Diverse, Explore, MostRelevant
from baihuo.rank.sources import (
    Alike,
    BoughtBefore,
    BoughtTogether,
    GoesWith,
    LikeViewed,
    Matches,
    Newcomers,
    Popular,
)
from baihuo.rank.stages import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """What stages are made from: what was learned, and what is so now."""

    generation: Generation
    state: FeatureState
    board: Board
    clicks: ClickModels | None  # None: a bundle trained without impressions
    purchases: Purchases | None  # None: a bundle trained without purchases
    exploration: Exploration
    seed: int
    tally: Tally
    transforms: TransformedColumns | None = None  # None: the bundle declares none

    @property
    def features(self) -> ClickFeatures:
        """The columns of click models: logged with every page, models or none."""
        return ClickFeatures(self.generation, self.state, self.transforms)

    def by_clicks(self, surface: Surface) -> ClickModels | None:
        """The click models where their gate lets them order ``surface``."""
        return self.clicks if self.clicks is not None and self.clicks.orders(surface) else None


def search(shop: Shop) -> list[Stage]:
    """By relevance: to typed words, then to what visitors clicked."""
    clicks = shop.by_clicks(Surface.SEARCH)
    return [
        Matches(),
        Offers(shop.generation),
        Listed(),
        MostRelevant(k=200),
        *(
            [
                shop.features,
                ClickModel(clicks, shop.features),
                ByClicks(falls_back_to="from_matches"),
            ]
            if clicks is not None
            else [Taste(shop.generation), Relevant()]
        ),
        Best(),
        Diverse(shop.generation, by="brand", most=4, window=8),
        Explore(shop.exploration, shop.seed),
        shop.tally,
    ]


def sorted_search(shop: Shop) -> list[Stage]:
    """As the visitor sorted it: nothing is learned, nothing explored."""
    return [Matches(), Offers(shop.generation), Listed(), shop.tally]


def home(shop: Shop) -> list[Stage]:
    """Buy again and discover: from what the visitor bought and viewed, else what everybody does."""
    clicks, purchases = shop.by_clicks(Surface.HOME), shop.purchases
    by_purchases: list[Stage] = []
    if purchases is not None:
        by_purchases = [
            BoughtTogether(purchases, shop.generation),
            GoesWith(purchases, shop.generation),
        ]
    return [
        BoughtBefore(),
        *by_purchases,
        LikeViewed(shop.generation),
        Popular(shop.board),
        Newcomers(shop.board),
        Offers(shop.generation),
        Listed(),
        ForSale(),
        AsAsked(shop.generation),
        NotBought(),
        *(
            [
                shop.features,
                ClickModel(clicks, shop.features),
                ByClicks(falls_back_to="from_popular"),
            ]
            if clicks is not None
            else [
                Taste(shop.generation),
                PurchaseOrder(purchases, shop.generation),
                ForHome(),
            ]
        ),
        Best(k=400),
        Diverse(shop.generation, by="category", most=3, window=6),
        Explore(shop.exploration, shop.seed),
        shop.tally,
    ]


def similar(shop: Shop) -> list[Stage]:
    """Beside a product: what could take its place, and what goes with it."""
    clicks, purchases = shop.by_clicks(Surface.SIMILAR), shop.purchases
    return [
        Alike(shop.generation),
        *([GoesWith(purchases, shop.generation)] if purchases is not None else []),
        Offers(shop.generation),
        Listed(),
        NotThis(),
        ForSale(),
        AsAsked(shop.generation),
        *(
            [shop.features, ClickModel(clicks, shop.features), ByClicks(falls_back_to="from_alike")]
            if clicks is not None
            else [
                Taste(shop.generation),
                StandingOf(shop.board),
                ForSimilar(shop.generation, with_together=purchases is not None),
            ]
        ),
        Best(k=200),
        Diverse(shop.generation, by="brand", most=3, window=6),
        Explore(shop.exploration, shop.seed),
        shop.tally,
    ]
