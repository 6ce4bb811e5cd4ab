"""What may not be on the page. A filter that fails lets nothing pass."""

from baihuo.rank.filters.as_asked import AsAsked
from baihuo.rank.filters.for_sale import ForSale
from baihuo.rank.filters.listed import Listed
from baihuo.rank.filters.not_bought import NotBought
from baihuo.rank.filters.not_this import NotThis

__all__ = ["AsAsked", "ForSale", "Listed", "NotBought", "NotThis"]
