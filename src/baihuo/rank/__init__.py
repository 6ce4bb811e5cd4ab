"""Ranking: the request path from a query to a page. Read surfaces.py first."""

from baihuo.rank.exploration import NO_EXPLORATION, Exploration
from baihuo.rank.ranker import Ranker
from baihuo.rank.why_not import WhyNot, why_not

__all__ = ["NO_EXPLORATION", "Exploration", "Ranker", "WhyNot", "why_not"]
