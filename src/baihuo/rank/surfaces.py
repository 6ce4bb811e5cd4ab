"""The surfaces. Read this first: each is a list of stages, in the order in which they run.

Before the stages of a search, ``baihuo.index`` reads its text, in this order:

sound        pinyin, and characters that only sound like words of the catalogue (``sound_reading``)
limits       readers of prices, sizes, colours … propose candidates side by side; those that explain most are taken (``read_limits``, ``lattice``)
wish         a text that names a purpose and no product keeps only its price (``Generation.limits``)
words        links, split names, numerals, words read as others, spelling (``query_parser``)
kind         what is asked for, and what is not sold (``query_kind``)
match        words, vectors and kind of every product as one relevance; the kinds of a wish (``match``, ``wishes``)
answer set   filters and limits, relaxed where too little is left, each with a note (``answer``, ``applied_limits``)

search   answer set → 200 most relevant → bands of learned relevance, clicks within them (or words alone) →
         diversity → tiers → exploration
sorted   answer set as the visitor sorted it
home     earlier purchases, co-purchases, taste, popular, new → clicks and what the visitor likes → diversity →
         exploration
complements  bought with it, by lift → exploration (a part of similar, for requests that ask for complements)
newcomer new visitors: appeal, popularity, declared interests, segments → diversity → exploration
similar nearest vectors, co-interactions → similarity, clicks and the next item fused → diversity → exploration
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from baihuo.bundle import ClickModels, NextItems, Purchases, SearchOrder
from baihuo.core import HOME_DIVERSITY, Surface
from baihuo.features import FeatureState
from baihuo.index import Generation
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
    Liked,
    Likeness,
    NextItemOrder,
    Offers,
    ProductPopularity,
    PurchaseOrder,
    Relevance,
)
from baihuo.rank.newcomer_scores import NewcomerScores
from baihuo.rank.observers import SourceCounter
from baihuo.rank.orders import UNLEARNED
from baihuo.rank.popularity_index import PopularityIndex
from baihuo.rank.scorers import (
    ClickModelScorer,
    HomeFusion,
    InOrderOf,
    NewcomerFusion,
    RelevanceBands,
    Relevant,
    SimilarFusion,
)
from baihuo.rank.selectors import Best, Diverse, Explore, InTiers, MostRelevant
from baihuo.rank.sources import (
    BoughtBefore,
    BoughtTogether,
    BoughtWith,
    CoInteracted,
    ForNewcomers,
    Matches,
    NewArrivals,
    Popular,
    SimilarByEmbedding,
    SimilarToViewed,
)
from baihuo.rank.stages import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingParts:
    """The dependencies of the stages: trained models and current state."""

    generation: Generation
    state: FeatureState
    popularity_index: PopularityIndex
    clicks: ClickModels | None  # None: a bundle trained without impressions
    purchases: Purchases | None  # None: a bundle trained without purchases
    exploration: Exploration
    seed: int
    source_counter: SourceCounter
    next_items: NextItems | None = None  # None: a bundle trained without sequences
    search_order: SearchOrder | None = None  # None: a bundle trained without searches
    liked: Liked | None = None  # None: a bundle trained without tastes
    newcomers: NewcomerScores | None = None  # None: a bundle trained without impressions
    diversity: float = HOME_DIVERSITY
    orders: Mapping[Surface, str] = field(default_factory=dict)  # of ``orders.served_orders``

    @property
    def features(self) -> ClickFeatures:
        """Return the columns of click models, which are logged with every page, even without models."""
        return ClickFeatures(self.generation, self.state)

    def by_clicks(self, surface: Surface) -> ClickModels | None:
        """The click models, if they are in the order of ``surface``."""
        if self.clicks is None or not self.is_learned(surface):
            return None
        is_by_relevance = surface is Surface.SEARCH and self.search_order is not None
        return self.clicks if self.clicks.orders(surface) or not is_by_relevance else None

    def varied(self) -> Diverse:
        """The variety of home pages: at most so many of a category among six products in a row."""
        most = 6 - round(4 * self.diversity)
        return Diverse(self.generation, by="category", max_per_window=most, window=6)

    def without_clicks(self, surface: Surface) -> RankingParts:
        """Return the parts without a model in the order of ``surface``."""
        return replace(self, orders={**self.orders, surface: UNLEARNED[surface]})

    def is_learned(self, surface: Surface) -> bool:
        """Whether a model is in the order of ``surface``."""
        return self.orders.get(surface, "").startswith("learned:")


def search(parts: RankingParts) -> list[Stage]:
    """Build the stages of search: learned relevance and clicks, or words and vectors alone."""
    return [
        Matches(),
        Offers(parts.generation),
        InCatalogue(),
        MostRelevant(k=200),
        *_search_scoring(parts),
        Best(),
        Diverse(
            parts.generation,
            by="brand",
            max_per_window=4,
            window=8,
            score_step=_score_step(parts),
        ),
        InTiers(),
        Explore(parts.exploration, parts.seed),
        parts.source_counter,
    ]


def _score_step(parts: RankingParts) -> float:
    """Return the score range of a search in which diversity may reorder: a band, a step of log-odds, or of text relevance (0 to 4)."""
    if not parts.is_learned(Surface.SEARCH):
        return 0.5
    has_bands = parts.search_order is None or parts.search_order.band_width > 0
    return 1.0 if has_bands else 0.25


def _search_scoring(parts: RankingParts) -> list[Stage]:
    clicks, order = parts.by_clicks(Surface.SEARCH), parts.search_order
    if not parts.is_learned(Surface.SEARCH):
        return [Affinity(parts.generation), Relevant()]
    by_clicks: list[Stage] = []
    if clicks is not None:
        by_clicks = [parts.features, ClickModel(clicks, parts.features)]
    if order is None:  # an older bundle without learned relevance
        return [*by_clicks, ClickModelScorer(falls_back_to="from_matches")]
    within = "from_matches" if clicks is None else "click_order"
    return [Relevance(order, parts.generation), *by_clicks, RelevanceBands(order, within)]


def sorted_search(parts: RankingParts) -> list[Stage]:
    """Build the stages of a sorted search, without models and exploration."""
    return [Matches(), Offers(parts.generation), InCatalogue(), parts.source_counter]


def home(parts: RankingParts) -> list[Stage]:
    """Build the stages of the home page: from the visitor's purchases and views, else popular products."""
    clicks, purchases = parts.by_clicks(Surface.HOME), parts.purchases
    by_purchases: list[Stage] = []
    if purchases is not None:
        by_purchases = [
            BoughtTogether(purchases, parts.generation),
            BoughtWith(purchases, parts.generation),
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
        ProductPopularity(parts.popularity_index),
        *(
            [
                parts.features,
                ClickModel(clicks, parts.features),
                *([parts.liked] if parts.liked is not None else []),
                ClickModelScorer(falls_back_to="from_popular", with_tastes=parts.liked is not None),
            ]
            if clicks is not None
            else [
                Affinity(parts.generation),
                PurchaseOrder(purchases, parts.generation),
                HomeFusion(),
            ]
        ),
        Best(k=400),
        parts.varied(),
        Explore(parts.exploration, parts.seed),
        parts.source_counter,
    ]


def newcomer(parts: RankingParts) -> list[Stage]:
    """Build a new visitor's home page: learned from the shop's first pages, else popular products."""
    if parts.newcomers is None:
        return home(parts.without_clicks(Surface.HOME))
    return [
        ForNewcomers(parts.newcomers),
        Popular(parts.popularity_index),
        NewArrivals(parts.popularity_index),
        Offers(parts.generation),
        InCatalogue(),
        ForSale(),
        QueryFilters(parts.generation),
        ProductPopularity(parts.popularity_index),
        NewcomerFusion(),
        Best(k=400),
        parts.varied(),
        Explore(parts.exploration, parts.seed),
        parts.source_counter,
    ]


def similar(parts: RankingParts) -> list[Stage]:
    """Build the stages of a product's page: substitutes and complements."""
    clicks, purchases = parts.by_clicks(Surface.SIMILAR), parts.purchases
    next_items = parts.next_items
    return [
        SimilarByEmbedding(parts.generation),
        *(
            [
                BoughtWith(purchases, parts.generation),
                CoInteracted(purchases, parts.generation),
            ]
            if purchases is not None
            else []
        ),
        Offers(parts.generation),
        InCatalogue(),
        ExcludeAnchor(),
        ForSale(),
        QueryFilters(parts.generation),
        *(
            [parts.features, ClickModel(clicks, parts.features), Likeness(parts.generation)]
            if clicks is not None
            else []
        ),
        Affinity(parts.generation),
        ProductPopularity(parts.popularity_index),
        *([NextItemOrder(next_items, parts.generation)] if next_items is not None else []),
        SimilarFusion(
            parts.generation,
            with_together=purchases is not None,
            with_clicks=clicks is not None,
            with_next_items=next_items is not None,
            falls_back_to="from_similar_by_embedding",
        ),
        Best(k=200),
        Diverse(parts.generation, by="brand", max_per_window=3, window=6),
        Explore(parts.exploration, parts.seed),
        parts.source_counter,
    ]


def complements(parts: RankingParts) -> list[Stage]:
    """Build the stages of complements alone, by lift; the page may be empty."""
    return [
        BoughtWith(parts.purchases, parts.generation, k=48),
        Offers(parts.generation),
        InCatalogue(),
        ExcludeAnchor(),
        ForSale(),
        QueryFilters(parts.generation),
        InOrderOf("from_bought_with"),
        Best(k=48),
        Explore(parts.exploration, parts.seed),
        parts.source_counter,
    ]
