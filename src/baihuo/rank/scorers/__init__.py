"""Scorers give each candidate one score."""

from baihuo.rank.scorers.click_model_scorer import ClickModelScorer
from baihuo.rank.scorers.home_fusion import HomeFusion
from baihuo.rank.scorers.in_order_of import InOrderOf
from baihuo.rank.scorers.newcomer_fusion import NewcomerFusion
from baihuo.rank.scorers.relevance_bands import RelevanceBands
from baihuo.rank.scorers.relevant import Relevant
from baihuo.rank.scorers.similar_fusion import SimilarFusion

__all__ = [
    "ClickModelScorer",
    "HomeFusion",
    "InOrderOf",
    "NewcomerFusion",
    "RelevanceBands",
    "Relevant",
    "SimilarFusion",
]
