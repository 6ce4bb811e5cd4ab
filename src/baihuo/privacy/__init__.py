"""Personal data: found, and replaced by pseudonyms that stay the same for the same key."""

from baihuo.privacy.columns import SUSPECTS, ColumnMask, column_mask
from baihuo.privacy.masking import KINDS, Masked, mask, redact

__all__ = ["KINDS", "SUSPECTS", "ColumnMask", "Masked", "column_mask", "mask", "redact"]
