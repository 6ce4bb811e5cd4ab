"""What goes wrong in a catalogue: attributes, codes, categories, pictures, stock."""

from __future__ import annotations

from baihuo.faults.attributes import codes, pictures, stock, titles, values
from baihuo.faults.fault import Fault

FAULTS: tuple[Fault, ...] = (
    *stock.FAULTS,
    values.MISSING,
    *titles.FAULTS,
    values.MISPLACED,
    values.UNPLACED,
    *values.CONTRADICTIONS,
    *codes.FAULTS,
    *pictures.FAULTS,
)
