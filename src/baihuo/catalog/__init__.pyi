from .offers import KEEP, Keep, Offer
from .store import Catalog, Change, Upserted
from .tables import fill, write_others

__all__ = [
    "KEEP",
    "Catalog",
    "Change",
    "Keep",
    "Offer",
    "Upserted",
    "fill",
    "write_others",
]
