"""The products as they are now: stored, versioned, with price and stock that change by the second."""

from baihuo.catalog.offers import KEEP, Keep, Offer
from baihuo.catalog.store import Catalog, Change, Upserted
from baihuo.catalog.tables import fill, write_others

__all__ = ["KEEP", "Catalog", "Change", "Keep", "Offer", "Upserted", "fill", "write_others"]
