"""What shoppers type that ought not to be kept: numbers, addresses, names, in both languages."""

from __future__ import annotations

from baihuo.faults.people.texts_in_rows import FAULTS

__all__ = ["FAULTS"]
