"""Outcomes as logs report them wrongly: contradictions, late arrivals, positions, lost queries."""

from __future__ import annotations

from baihuo.faults.fault import Fault
from baihuo.faults.labels import outcomes, positions, queries

FAULTS: tuple[Fault, ...] = (*outcomes.FAULTS, *positions.FAULTS, *queries.FAULTS)
