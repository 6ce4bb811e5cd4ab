"""Sources find candidates; one source per file."""

from baihuo.rank.sources.bought_before import BoughtBefore
from baihuo.rank.sources.bought_together import BoughtTogether
from baihuo.rank.sources.bought_with import BoughtWith
from baihuo.rank.sources.co_interacted import CoInteracted
from baihuo.rank.sources.for_newcomers import ForNewcomers
from baihuo.rank.sources.matches import Matches
from baihuo.rank.sources.new_arrivals import NewArrivals
from baihuo.rank.sources.popular import Popular
from baihuo.rank.sources.similar_by_embedding import SimilarByEmbedding
from baihuo.rank.sources.similar_to_viewed import SimilarToViewed

__all__ = [
    "BoughtBefore",
    "BoughtTogether",
    "BoughtWith",
    "CoInteracted",
    "ForNewcomers",
    "Matches",
    "NewArrivals",
    "Popular",
    "SimilarByEmbedding",
    "SimilarToViewed",
]
