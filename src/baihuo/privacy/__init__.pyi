from .columns import ColumnMask, column_mask
from .identities import Identities, IdMode, is_personal_id
from .masking import KINDS, PSEUDONYM, Masked, mask, redact
from .settings import PrivacySettings
from .stored import Pseudonyms
from .suspects import SUSPECTS, is_suspect

__all__ = [
    "KINDS",
    "PSEUDONYM",
    "SUSPECTS",
    "ColumnMask",
    "IdMode",
    "Identities",
    "Masked",
    "PrivacySettings",
    "Pseudonyms",
    "column_mask",
    "is_personal_id",
    "is_suspect",
    "mask",
    "redact",
]
