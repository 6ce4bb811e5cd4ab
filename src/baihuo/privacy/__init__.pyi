from .columns import SUSPECTS, ColumnMask, column_mask
from .erasures import Erasures, Receipt, read_receipts
from .masking import KINDS, PSEUDONYM, Masked, mask, redact
from .traces import Traces

__all__ = [
    "KINDS",
    "PSEUDONYM",
    "SUSPECTS",
    "ColumnMask",
    "Erasures",
    "Masked",
    "Receipt",
    "Traces",
    "column_mask",
    "mask",
    "read_receipts",
    "redact",
]
