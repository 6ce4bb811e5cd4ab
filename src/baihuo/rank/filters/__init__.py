"""Filters remove candidates that may not be on the page. A filter that fails removes all."""

from baihuo.rank.filters.exclude_anchor import ExcludeAnchor
from baihuo.rank.filters.exclude_purchased import ExcludePurchased
from baihuo.rank.filters.for_sale import ForSale
from baihuo.rank.filters.in_catalogue import InCatalogue
from baihuo.rank.filters.query_filters import QueryFilters

__all__ = [
    "ExcludeAnchor",
    "ExcludePurchased",
    "ForSale",
    "InCatalogue",
    "QueryFilters",
]
