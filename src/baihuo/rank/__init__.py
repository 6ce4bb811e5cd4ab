"""The request path. Read surfaces.py first."""

from baihuo.rank.exploration import Exploration
from baihuo.rank.ranker import Ranker
from baihuo.rank.why_not import WhyNot, why_not

__all__ = ["Exploration", "Ranker", "WhyNot", "why_not"]
