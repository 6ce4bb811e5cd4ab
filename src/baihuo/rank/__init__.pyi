from .exploration import NO_EXPLORATION, Exploration
from .frozen import exploration_of
from .ranker import Ranker
from .reasons import REASON_MEANINGS
from .why_not import WhyNot, where_in_order, why_not

__all__ = [
    "NO_EXPLORATION",
    "REASON_MEANINGS",
    "Exploration",
    "Ranker",
    "WhyNot",
    "exploration_of",
    "where_in_order",
    "why_not",
]
