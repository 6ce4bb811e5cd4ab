"""Decayed counts of the most recent keys."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from math import exp
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)


class DecayedCounts(Generic[Key]):
    """A count for each key that falls by ``1 / e`` in ``fades``: a steady rate of ``n`` in that time counts ``n``.

    Keeps at most ``remembered`` keys; the least recently counted are forgotten first.
    """

    def __init__(self, *, fades: float, remembered: int) -> None:
        """``fades`` is in the unit of the times that :meth:`add` and :meth:`get` are called with."""
        self._fades, self._remembered = fades, remembered
        self._counts: OrderedDict[Key, tuple[float, float]] = OrderedDict()  # count and its time

    def __len__(self) -> int:
        return len(self._counts)

    def get(self, key: Key, at: float) -> float:
        """The count at ``at``. A clock set back does not change it."""
        count, since = self._counts.get(key, (0.0, at))
        return count * exp(-max(0.0, at - since) / self._fades)

    def add(self, key: Key, at: float, n: float = 1.0) -> float:
        """Add ``n``; returns the new count."""
        count = self.get(key, at) + n
        self._counts.pop(key, None)
        self._counts[key] = (count, at)
        if len(self._counts) > self._remembered:
            self._counts.popitem(last=False)
        return count
