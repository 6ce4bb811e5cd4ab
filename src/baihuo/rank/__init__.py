"""The request path. Read surfaces.py first."""

from baihuo.rank.ranker import Ranker

__all__ = ["Ranker"]
