"""What shoppers type that ought not to be kept, numbers, addresses, names, in both languages; and what they refuse."""

from __future__ import annotations

from baihuo.faults.fault import Fault
from baihuo.faults.people import refusals, texts_in_rows

FAULTS: tuple[Fault, ...] = (*texts_in_rows.FAULTS, *refusals.FAULTS)

__all__ = ["FAULTS"]
