"""Faults in what shoppers read: damaged text, and measures in the wrong unit."""

from __future__ import annotations

from baihuo.faults.fault import Fault
from baihuo.faults.text import damage, measures, wording

FAULTS: tuple[Fault, ...] = (*damage.FAULTS, *wording.FAULTS, *measures.FAULTS)
