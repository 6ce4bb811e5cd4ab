"""Where candidates come from: one idea a file."""

from baihuo.rank.sources.alike import Alike
from baihuo.rank.sources.bought_before import BoughtBefore
from baihuo.rank.sources.bought_together import BoughtTogether
from baihuo.rank.sources.goes_with import GoesWith
from baihuo.rank.sources.like_viewed import LikeViewed
from baihuo.rank.sources.matches import Matches
from baihuo.rank.sources.newcomers import Newcomers
from baihuo.rank.sources.popular import Popular

__all__ = [
    "Alike",
    "BoughtBefore",
    "BoughtTogether",
    "GoesWith",
    "LikeViewed",
    "Matches",
    "Newcomers",
    "Popular",
]
