"""Faults in what shoppers read: damaged text, and measures in the wrong unit."""

from __future__ import annotations

from baihuo.faults.cells import cell_faults
from baihuo.faults.fault import Fault
from baihuo.faults.text import measures, wording

FAULTS: tuple[Fault, ...] = (*cell_faults("text"), *wording.FAULTS, *measures.FAULTS)
