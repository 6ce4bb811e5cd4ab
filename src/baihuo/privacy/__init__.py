"""Detection of personal data, and replacement by pseudonyms that are stable for one key."""

from baihuo.privacy.columns import SUSPECTS, ColumnMask, column_mask
from baihuo.privacy.masking import KINDS, Masked, mask, redact

__all__ = ["KINDS", "SUSPECTS", "ColumnMask", "Masked", "column_mask", "mask", "redact"]
