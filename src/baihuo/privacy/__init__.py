"""Personal data: found, and replaced by pseudonyms that stay the same for the same key."""

from baihuo.privacy.columns import ColumnMask, column_mask
from baihuo.privacy.masking import Masked, mask

__all__ = ["ColumnMask", "Masked", "column_mask", "mask"]
