"""Session ids as sites break them: visits with several ids, and ids that several visits share."""

from __future__ import annotations

from baihuo.faults.fault import Fault
from baihuo.faults.sessions import broken, merged

FAULTS: tuple[Fault, ...] = (*broken.FAULTS, *merged.FAULTS)
