"""Selectors choose and order candidates."""

from baihuo.rank.selectors.best import Best
from baihuo.rank.selectors.diverse import Diverse
from baihuo.rank.selectors.explore import Explore
from baihuo.rank.selectors.in_tiers import InTiers
from baihuo.rank.selectors.most_relevant import MostRelevant

__all__ = ["Best", "Diverse", "Explore", "InTiers", "MostRelevant"]
