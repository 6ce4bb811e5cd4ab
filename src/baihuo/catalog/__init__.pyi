from .rows import (
    HASH_BYTES as HASH_BYTES,
    content_hash as content_hash,
)
from .store import (
    Catalog as Catalog,
    Change as Change,
    KEEP as KEEP,
    Keep as Keep,
    Offer as Offer,
    StoredProduct as StoredProduct,
    Upserted as Upserted,
    fill as fill,
    write_others as write_others,
)
