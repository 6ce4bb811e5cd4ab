"""The products as they are now: stored, versioned, with price and stock that change by the second."""

from baihuo.catalog.offers import KEEP, Keep, Offer
from baihuo.catalog.store import Catalog, Change, Upserted

__all__ = ["KEEP", "Catalog", "Change", "Keep", "Offer", "Upserted"]
