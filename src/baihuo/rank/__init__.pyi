from .exploration import NO_EXPLORATION, Exploration
from .frozen import exploration_of
from .orders import served_orders
from .ranker import Ranker
from .reasons import REASON_MEANINGS
from .why import Cause, Why, why
from .why_not import WhyNot, where_in_order, why_not

__all__ = [
    "NO_EXPLORATION",
    "REASON_MEANINGS",
    "Cause",
    "Exploration",
    "Ranker",
    "Why",
    "WhyNot",
    "exploration_of",
    "served_orders",
    "where_in_order",
    "why",
    "why_not",
]
