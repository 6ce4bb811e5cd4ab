"""What no shopper does: floods, bots of several kinds, crowds that only click."""

from __future__ import annotations

from baihuo.faults.fault import Fault
from baihuo.faults.traffic import bots, floods

FAULTS: tuple[Fault, ...] = (*floods.FAULTS, *bots.FAULTS)
