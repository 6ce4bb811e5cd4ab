from .erasures import (
    Erasures as Erasures,
    Receipt as Receipt,
    Traces as Traces,
    read_receipts as read_receipts,
)
from .identities import (
    ColumnMask as ColumnMask,
    IdMode as IdMode,
    Identities as Identities,
    column_mask as column_mask,
    is_personal_id as is_personal_id,
)
from .masking import (
    KINDS as KINDS,
    Masked as Masked,
    PSEUDONYM as PSEUDONYM,
    SUSPECTS as SUSPECTS,
    is_suspect as is_suspect,
    mask as mask,
    redact as redact,
)
from .orders import (
    is_product_label as is_product_label,
)
from .settings import (
    PrivacySettings as PrivacySettings,
)
from .stored import (
    Pseudonyms as Pseudonyms,
)
