"""What no shopper does: floods, bots of several kinds, crowds that only click, forged visits, hoards, searches at each key."""

from __future__ import annotations

from baihuo.faults.fault import Fault
from baihuo.faults.traffic import bots, floods, forged, hoards

FAULTS: tuple[Fault, ...] = (*floods.FAULTS, *bots.FAULTS, *forged.FAULTS, *hoards.FAULTS)
