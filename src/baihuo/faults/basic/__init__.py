"""What goes wrong in every log: impossible values, clocks, retries, unknown products, order, prices."""

from __future__ import annotations

from baihuo.faults.basic import ids, misplaced, orders, prices, sequence, visitors
from baihuo.faults.cells import cell_faults
from baihuo.faults.fault import Fault

FAULTS: tuple[Fault, ...] = (
    *cell_faults("basic"),
    *ids.FAULTS,
    *sequence.FAULTS,
    ids.UPDATE,
    *prices.FAULTS,
    *orders.FAULTS,
    *misplaced.FAULTS,
    *visitors.FAULTS,
)
