"""What goes wrong in every log: impossible values, clocks, retries, unknown products, order, prices."""

from __future__ import annotations

from baihuo.faults.basic import cells, ids, misplaced, orders, prices, sequence, visitors
from baihuo.faults.fault import Fault

FAULTS: tuple[Fault, ...] = (
    *cells.FAULTS,
    *ids.FAULTS,
    *sequence.FAULTS,
    ids.UPDATE,
    *prices.FAULTS,
    *orders.FAULTS,
    *misplaced.FAULTS,
    *visitors.FAULTS,
)
