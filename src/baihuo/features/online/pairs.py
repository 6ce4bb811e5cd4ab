"""Maps pairs of a visitor (or query) and a product, brand or category to slots."""

from __future__ import annotations

from array import array

import numpy as np
from numpy.typing import NDArray


class Pairs:
    """A snapshot's pairs are in sorted arrays; a changed context gets a dict. So a million visitors that never return cost arrays, not
    objects. Slot 0: no such pair.
    """

    def __init__(
        self, contexts: NDArray[np.int64] | None = None, codes: NDArray[np.int32] | None = None
    ) -> None:
        """Pairs of slots 1, 2, …, sorted by context, then code."""
        none = np.zeros(0, np.int64)
        contexts = none if contexts is None else contexts
        self._codes = none.astype(np.int32) if codes is None else codes
        self._starts = np.searchsorted(
            contexts, np.arange(contexts[-1] + 2 if len(contexts) else 1)
        )
        self.n_base = len(contexts) + 1
        self._owners = array("q")  # of the slots after the base: context (-1: free) and code
        self._owned = array("q")
        self._free: list[int] = []
        self._live: dict[int, dict[int, int]] = {}

    def __len__(self) -> int:
        """Slots in use, with those of the snapshot."""
        return self.n_base - 1 + len(self._owners) - len(self._free)

    @property
    def n_new(self) -> int:
        """Number of pairs not from a snapshot."""
        return len(self._owners) - len(self._free)

    def _base(self, context: int) -> tuple[int, int]:
        """Return start and end of a context of the snapshot; (0, 0): none."""
        if context + 1 >= len(self._starts):
            return 0, 0
        low, high = int(self._starts[context]), int(self._starts[context + 1])
        return (low, high) if low < high else (0, 0)

    def slot(self, context: int, code: int) -> int:
        """Return the slot of a pair, adding new ones."""
        slot_of = self._live.get(context)
        if slot_of is None:
            low, high = self._base(context)
            slot_of = dict(
                zip(self._codes[low:high].tolist(), range(low + 1, high + 1), strict=True)
            )
            self._live[context] = slot_of
        slot = slot_of.get(code)
        if slot is None:
            slot = slot_of[code] = self._made(context, code)
        return slot

    def _made(self, context: int, code: int) -> int:
        if self._free:
            slot = self._free.pop()
            self._owners[slot - self.n_base], self._owned[slot - self.n_base] = context, code
            return slot
        self._owners.append(context)
        self._owned.append(code)
        return self.n_base + len(self._owners) - 1

    def known(self, context: int, code: int) -> int:
        """Return the slot of a pair; 0 if unknown."""
        return int(self.slots(context, np.array([code], np.int32))[0])

    def slots(self, context: int, codes: NDArray[np.int32]) -> NDArray[np.intp]:
        """Return the slots of one context with many codes; 0 if unknown."""
        slot_of = self._live.get(context)
        if slot_of is not None:
            get = slot_of.get
            return np.array([get(code, 0) for code in codes.tolist()], np.intp)
        low, high = self._base(context)
        if low == high:
            return np.zeros(len(codes), np.intp)
        positions = np.minimum(np.searchsorted(self._codes[low:high], codes), high - low - 1)
        return np.where(self._codes[low:high][positions] == codes, positions + low + 1, 0)

    def codes_and_slots(self, context: int) -> tuple[NDArray[np.int32], NDArray[np.intp]]:
        """Return all codes of a context, and their slots."""
        slot_of = self._live.get(context)
        if slot_of is not None:
            return np.array(list(slot_of), np.int32), np.array(list(slot_of.values()), np.intp)
        low, high = self._base(context)
        return self._codes[low:high], np.arange(low + 1, high + 1)

    def new(self) -> NDArray[np.intp]:
        """Return the used slots not from a snapshot."""
        return np.flatnonzero(np.array(self._owners) >= 0) + self.n_base

    def drop(self, slots: NDArray[np.intp]) -> None:
        """Forget pairs not from a snapshot; their slots are reused."""
        for slot in slots.tolist():
            context = self._owners[slot - self.n_base]
            slot_of = self._live[context]
            del slot_of[self._owned[slot - self.n_base]]
            self._owners[slot - self.n_base] = -1
            self._free.append(slot)
            if not slot_of and self._base(context) == (0, 0):
                del self._live[context]

    def has_any(self, context: int) -> bool:
        slot_of = self._live.get(context)
        low, high = self._base(context)
        return bool(slot_of) if slot_of is not None else low < high
