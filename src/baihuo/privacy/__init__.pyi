from .columns import SUSPECTS, ColumnMask, column_mask
from .masking import KINDS, PSEUDONYM, Masked, mask, redact

__all__ = [
    "KINDS",
    "PSEUDONYM",
    "SUSPECTS",
    "ColumnMask",
    "Masked",
    "column_mask",
    "mask",
    "redact",
]
