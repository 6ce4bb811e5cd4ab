"""What no shopper does: floods, bots of several kinds, crowds that only click, forged visits."""

from __future__ import annotations

from baihuo.faults.fault import Fault
from baihuo.faults.traffic import bots, floods, forged

FAULTS: tuple[Fault, ...] = (*floods.FAULTS, *bots.FAULTS, *forged.FAULTS)
