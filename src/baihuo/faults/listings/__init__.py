"""One product listed again under another id, as sellers do; and siblings that only look like it."""

from __future__ import annotations

from baihuo.faults.listings.again import FAULTS

__all__ = ["FAULTS"]
