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
from baihuo.rank.exploration import Exploration
from baihuo.rank.filters import (
    ExcludeAnchor,
    ExcludePurchased,
    ForSale,
    InCatalogue,
    QueryFilters,
)
from baihuo.rank.hydrators import (
    Affinity,
    ClickFeatures,
    ClickModel,
    Offers,
    ProductPopularity,
    PurchaseOrder,
)
from baihuo.rank.observers import SourceCounter
from baihuo.rank.popularity_index import PopularityIndex
from baihuo.rank.scorers import ClickModelScorer, HomeFusion, Relevant, SimilarFusion
from baihuo.rank.selectors import Best, Diverse, Explore, MostRelevant
from baihuo.rank.sources import (
    BoughtBefore,
    BoughtTogether,
    CoInteracted,
    Matches,
    NewArrivals,
    Popular,
    SimilarByEmbedding,
    SimilarToViewed,
)
from baihuo.rank.stages import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingParts:
    """What stages are made from: what was learned, and what is so now."""

    generation: Generation
    state: FeatureState
    popularity_index: PopularityIndex
    clicks: ClickModels | None  # None: a bundle trained without impressions
    purchases: Purchases | None  # None: a bundle trained without purchases
    exploration: Exploration
    seed: int
    source_counter: SourceCounter
    transforms: TransformedColumns | None = None  # None: the bundle declares none

    @property
    def features(self) -> ClickFeatures:
        """The columns of click models: logged with every page, models or none."""
        return ClickFeatures(self.generation, self.state, self.transforms)

    def by_clicks(self, surface: Surface) -> ClickModels | None:
        """The click models where their gate lets them order ``surface``."""
        return self.clicks if self.clicks is not None and self.clicks.orders(surface) else None


def search(parts: RankingParts) -> list[Stage]:
    """By relevance: to typed words, then to what visitors clicked."""
    clicks = parts.by_clicks(Surface.SEARCH)
    return [
        Matches(),
        Offers(parts.generation),
        InCatalogue(),
        MostRelevant(k=200),
        *(
            [
                parts.features,
                ClickModel(clicks, parts.features),
                ClickModelScorer(falls_back_to="from_matches"),
            ]
            if clicks is not None
            else [Affinity(parts.generation), Relevant()]
        ),
        Best(),
        Diverse(parts.generation, by="brand", max_per_window=4, window=8),
        Explore(parts.exploration, parts.seed),
        parts.source_counter,
    ]


def sorted_search(parts: RankingParts) -> list[Stage]:
    """As the visitor sorted it: nothing is learned, nothing explored."""
    return [Matches(), Offers(parts.generation), InCatalogue(), parts.source_counter]


def home(parts: RankingParts) -> list[Stage]:
    """Buy again and discover: from what the visitor bought and viewed, else what everybody does."""
    clicks, purchases = parts.by_clicks(Surface.HOME), parts.purchases
    by_purchases: list[Stage] = []
    if purchases is not None:
        by_purchases = [
            BoughtTogether(purchases, parts.generation),
            CoInteracted(purchases, parts.generation),
        ]
    return [
        BoughtBefore(),
        *by_purchases,
        SimilarToViewed(parts.generation),
        Popular(parts.popularity_index),
        NewArrivals(parts.popularity_index),
        Offers(parts.generation),
        InCatalogue(),
        ForSale(),
        QueryFilters(parts.generation),
        ExcludePurchased(),
        *(
            [
                parts.features,
                ClickModel(clicks, parts.features),
                ClickModelScorer(falls_back_to="from_popular"),
            ]
            if clicks is not None
            else [
                Affinity(parts.generation),
                PurchaseOrder(purchases, parts.generation),
                HomeFusion(),
            ]
        ),
        Best(k=400),
        Diverse(parts.generation, by="category", max_per_window=3, window=6),
        Explore(parts.exploration, parts.seed),
        parts.source_counter,
    ]


def similar(parts: RankingParts) -> list[Stage]:
    """Beside a product: what could take its place, and what goes with it."""
    clicks, purchases = parts.by_clicks(Surface.SIMILAR), parts.purchases
    return [
        SimilarByEmbedding(parts.generation),
        *([CoInteracted(purchases, parts.generation)] if purchases is not None else []),
        Offers(parts.generation),
        InCatalogue(),
        ExcludeAnchor(),
        ForSale(),
        QueryFilters(parts.generation),
        *(
            [
                parts.features,
                ClickModel(clicks, parts.features),
                ClickModelScorer(falls_back_to="from_similar_by_embedding"),
            ]
            if clicks is not None
            else [
                Affinity(parts.generation),
                ProductPopularity(parts.popularity_index),
                SimilarFusion(parts.generation, with_together=purchases is not None),
            ]
        ),
        Best(k=200),
        Diverse(parts.generation, by="brand", max_per_window=3, window=6),
        Explore(parts.exploration, parts.seed),
        parts.source_counter,
    ]
