"""One number a candidate."""

from baihuo.rank.scorers.by_clicks import ByClicks
from baihuo.rank.scorers.for_home import ForHome
from baihuo.rank.scorers.for_similar import ForSimilar
from baihuo.rank.scorers.relevant import Relevant

__all__ = ["ByClicks", "ForHome", "ForSimilar", "Relevant"]
