"""The catalogue: current products with price and stock, and a change log."""

from baihuo.catalog.offers import KEEP, Keep, Offer
from baihuo.catalog.store import Catalog, Change, Upserted
from baihuo.catalog.tables import fill, write_others

__all__ = ["KEEP", "Catalog", "Change", "Keep", "Offer", "Upserted", "fill", "write_others"]
