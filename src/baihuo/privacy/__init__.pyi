from .columns import ColumnMask, column_mask
from .erasures import Erasures, Receipt, read_receipts
from .identities import Identities, IdMode
from .masking import KINDS, PSEUDONYM, Masked, mask, redact
from .personal_ids import is_personal_id
from .product_numbers import is_product_label
from .settings import PrivacySettings
from .stored import Pseudonyms
from .suspects import SUSPECTS, is_suspect
from .traces import Traces

__all__ = [
    "KINDS",
    "PSEUDONYM",
    "SUSPECTS",
    "ColumnMask",
    "Erasures",
    "IdMode",
    "Identities",
    "Masked",
    "PrivacySettings",
    "Pseudonyms",
    "Receipt",
    "Traces",
    "column_mask",
    "is_personal_id",
    "is_product_label",
    "is_suspect",
    "mask",
    "read_receipts",
    "redact",
]
