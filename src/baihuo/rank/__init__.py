"""The request path. Read surfaces.py first."""

from baihuo.rank.exploration import Exploration
from baihuo.rank.ranker import Ranker

__all__ = ["Exploration", "Ranker"]
