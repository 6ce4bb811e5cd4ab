"""The log of events that some window still counts, by hour: what must be subtracted when the window ends."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from baihuo.features.spec.declare import HOUR_US

Rows = NDArray[np.float64]
"""``[events, 5 + blocks]``: time, kind, price, quantity, dwell (NaN: none), and the slot in each block."""


@dataclass
class WindowLog:
    """Events in hour chunks, so that one that comes late goes where it belongs."""

    width: int
    base: Rows  # from the snapshot, sorted by time
    sealed: dict[int, Rows] = field(default_factory=dict)
    open: dict[int, list[tuple[float, ...]]] = field(default_factory=dict)

    def __len__(self) -> int:
        n_sealed = sum(len(rows) for rows in self.sealed.values())
        return len(self.base) + n_sealed + sum(len(rows) for rows in self.open.values())

    def append(self, row: tuple[float, ...]) -> None:
        self.open.setdefault(int(row[0]) // HOUR_US, []).append(row)

    def between(self, first_us: int, before_us: int) -> Rows:
        """Events of ``[first, before)``; both are whole hours."""
        low, high = np.searchsorted(self.base[:, 0], [first_us, before_us])
        chunks_found = [self.base[low:high]]
        for chunks in (self.sealed, self.open):
            for hour in self._hours(chunks, first_us, before_us):
                chunks_found.append(np.array(chunks[hour]))
        return np.concatenate(chunks_found)

    @staticmethod
    def _hours(
        chunks: dict[int, object] | dict[int, Rows] | dict[int, list[tuple[float, ...]]],
        first_us: int,
        before_us: int,
    ) -> list[int]:
        return [hour for hour in chunks if first_us <= hour * HOUR_US < before_us]

    def forget(self, kept_from_us: NDArray[np.float64]) -> None:
        """Drop events older than ``kept_from_us[kind]``, and pack the hours that are over."""
        for hour in [h for h in self.open if (h + 1) * HOUR_US <= max(self.open) * HOUR_US]:
            packed = np.array(self.open.pop(hour))
            before = self.sealed.get(hour)
            self.sealed[hour] = packed if before is None else np.concatenate([before, packed])
        for hour, rows in list(self.sealed.items()):
            keep = rows[:, 0] >= kept_from_us[rows[:, 1].astype(np.intp)]
            if not keep.any():
                del self.sealed[hour]
            elif not keep.all():
                self.sealed[hour] = rows[keep]
        if len(self.base):
            keep = self.base[:, 0] >= kept_from_us[self.base[:, 1].astype(np.intp)]
            if keep.mean() < 0.5:
                self.base = self.base[keep]
