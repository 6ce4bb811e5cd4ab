"""Hydrators add columns to candidates, for filters and scorers."""

from baihuo.rank.hydrators.affinity import Affinity
from baihuo.rank.hydrators.click_features import ClickFeatures
from baihuo.rank.hydrators.click_model import ClickModel
from baihuo.rank.hydrators.liked import Liked
from baihuo.rank.hydrators.likeness import Likeness
from baihuo.rank.hydrators.next_item_order import NextItemOrder
from baihuo.rank.hydrators.offers import Offers
from baihuo.rank.hydrators.product_popularity import ProductPopularity
from baihuo.rank.hydrators.purchase_order import PurchaseOrder
from baihuo.rank.hydrators.relevance import Relevance

__all__ = [
    "Affinity",
    "ClickFeatures",
    "ClickModel",
    "Liked",
    "Likeness",
    "NextItemOrder",
    "Offers",
    "ProductPopularity",
    "PurchaseOrder",
    "Relevance",
]
