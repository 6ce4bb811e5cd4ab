from .columns import SUSPECTS, ColumnMask, column_mask
from .masking import KINDS, Masked, mask, redact

__all__ = [
    "KINDS",
    "SUSPECTS",
    "ColumnMask",
    "Masked",
    "column_mask",
    "mask",
    "redact",
]
