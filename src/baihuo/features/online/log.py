"""Events in some window, by hour, to be subtracted when the window ends."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from baihuo.features.spec.declare import HOUR_US

Rows = NDArray[np.float64]
"""``[events, 5 + blocks]``: time, kind, price, quantity, dwell (NaN: none), and the slot in each block."""


@dataclass
class WindowLog:
    """Events in hourly chunks, so that late ones are inserted in order.

    Arrays of 8 bytes a number, because tuples take four times that, and a flood of events stays here until its window ends.
    """

    width: int
    base: Rows  # from the snapshot, sorted by time
    sealed: dict[int, Rows] = field(default_factory=dict)
    open: dict[int, array[float]] = field(default_factory=dict)

    def __len__(self) -> int:
        n_sealed = sum(len(rows) for rows in self.sealed.values())
        n_open = sum(len(numbers) for numbers in self.open.values()) // self.width
        return len(self.base) + n_sealed + n_open

    def append(self, row: tuple[float, ...]) -> None:
        hour = int(row[0]) // HOUR_US
        if (numbers := self.open.get(hour)) is None:
            numbers = self.open[hour] = array("d")
        numbers.extend(row)

    def _rows(self, numbers: array[float]) -> Rows:
        """Return a copy: an array with a view cannot grow."""
        return np.frombuffer(numbers).reshape(-1, self.width).copy()

    def between(self, first_us: int, before_us: int) -> Rows:
        """Return events of ``[first, before)``, both whole hours."""
        low, high = np.searchsorted(self.base[:, 0], [first_us, before_us])
        chunks_found = [self.base[low:high]]
        hours = range(first_us // HOUR_US, -(-before_us // HOUR_US))
        chunks_found += [rows for hour, rows in self.sealed.items() if hour in hours]
        chunks_found += [self._rows(rows) for hour, rows in self.open.items() if hour in hours]
        return np.concatenate(chunks_found)

    def forget(self, kept_from_us: NDArray[np.float64]) -> None:
        """Drop events older than ``kept_from_us[kind]``, and pack past hours."""
        for hour in [h for h in self.open if (h + 1) * HOUR_US <= max(self.open) * HOUR_US]:
            packed = self._rows(self.open.pop(hour))
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
