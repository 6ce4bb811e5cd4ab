"""Rows that cannot stand: no title, a time to come, one instant for many clicks, sales and listings that
contradict each other."""

from __future__ import annotations

from baihuo.faults.fault import Fault
from baihuo.faults.rows import events, products

FAULTS: tuple[Fault, ...] = (*products.FAULTS, *events.FAULTS, *products.CONTRADICTED)
