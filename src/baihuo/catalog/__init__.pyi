from .offers import KEEP, Keep, Offer
from .rows import HASH_BYTES, content_hash
from .store import Catalog, Change, StoredProduct, Upserted
from .tables import fill, write_others

__all__ = [
    "HASH_BYTES",
    "KEEP",
    "Catalog",
    "Change",
    "Keep",
    "Offer",
    "StoredProduct",
    "Upserted",
    "content_hash",
    "fill",
    "write_others",
]
