"""Which slot belongs to which pair of a visitor (or a query) and a product, brand or category."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


class Pairs:
    """What a snapshot brought stands in sorted arrays; a context that is touched gets a dict.

    So a million visitors that never come back cost their arrays and no objects. Slot 0 is "no such pair".
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
        self._next = self.n_base
        self._free: list[int] = []
        self._live: dict[int, dict[int, int]] = {}

    def __len__(self) -> int:
        """Slots in use, with those of the snapshot."""
        return self._next - 1 - len(self._free)

    def _base(self, context: int) -> tuple[int, int]:
        """Where a context of the snapshot begins and ends; (0, 0) where it was not in it."""
        if context + 1 >= len(self._starts):
            return 0, 0
        low, high = int(self._starts[context]), int(self._starts[context + 1])
        return (low, high) if low < high else (0, 0)

    def slot(self, context: int, code: int) -> int:
        """The slot of a pair, made if it is new."""
        mine = self._live.get(context)
        if mine is None:
            low, high = self._base(context)
            mine = dict(zip(self._codes[low:high].tolist(), range(low + 1, high + 1), strict=True))
            self._live[context] = mine
        slot = mine.get(code)
        if slot is None:
            if self._free:
                slot = self._free.pop()
            else:
                slot, self._next = self._next, self._next + 1
            mine[code] = slot
        return slot

    def slots(self, context: int, codes: NDArray[np.int32]) -> NDArray[np.intp]:
        """The slots of one context with many codes; 0 where there is none. Makes nothing."""
        mine = self._live.get(context)
        if mine is not None:
            get = mine.get
            return np.array([get(code, 0) for code in codes.tolist()], np.intp)
        low, high = self._base(context)
        if low == high:
            return np.zeros(len(codes), np.intp)
        at = np.minimum(np.searchsorted(self._codes[low:high], codes), high - low - 1)
        return np.where(self._codes[low:high][at] == codes, at + low + 1, 0)

    def of(self, context: int) -> tuple[NDArray[np.int32], NDArray[np.intp]]:
        """All codes of a context, and their slots."""
        mine = self._live.get(context)
        if mine is not None:
            return np.array(list(mine), np.int32), np.array(list(mine.values()), np.intp)
        low, high = self._base(context)
        return self._codes[low:high], np.arange(low + 1, high + 1)

    def touched(self) -> tuple[NDArray[np.intp], NDArray[np.int32], NDArray[np.intp]]:
        """Every pair of the contexts that were touched: context, code, slot."""
        lengths = [len(mine) for mine in self._live.values()]
        contexts = np.repeat(np.fromiter(self._live, np.intp, len(lengths)), lengths)
        n = len(contexts)
        codes = (code for mine in self._live.values() for code in mine)
        slots = (slot for mine in self._live.values() for slot in mine.values())
        return contexts, np.fromiter(codes, np.int32, n), np.fromiter(slots, np.intp, n)

    def drop(self, contexts: NDArray[np.intp], codes: NDArray[np.int32]) -> None:
        """Forget pairs of touched contexts; slots that no snapshot brought are used again."""
        for context, code in zip(contexts.tolist(), codes.tolist(), strict=True):
            mine = self._live[context]
            slot = mine.pop(code)
            if slot >= self.n_base:
                self._free.append(slot)
            if not mine and self._base(context) == (0, 0):
                del self._live[context]

    def has_any(self, context: int) -> bool:
        mine = self._live.get(context)
        low, high = self._base(context)
        return bool(mine) if mine is not None else low < high
