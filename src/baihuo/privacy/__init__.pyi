from .columns import ColumnMask as ColumnMask, column_mask as column_mask
from .erasures import Erasures as Erasures, Receipt as Receipt, read_receipts as read_receipts
from .identities import Identities as Identities, IdMode as IdMode
from .masking import (
    KINDS as KINDS,
    PSEUDONYM as PSEUDONYM,
    Masked as Masked,
    mask as mask,
    redact as redact,
)
from .personal_ids import is_personal_id as is_personal_id
from .product_numbers import is_product_label as is_product_label
from .settings import PrivacySettings as PrivacySettings
from .stored import Pseudonyms as Pseudonyms
from .suspects import SUSPECTS as SUSPECTS, is_suspect as is_suspect
from .traces import Traces as Traces
