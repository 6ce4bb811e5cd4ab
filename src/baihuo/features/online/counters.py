"""In-memory totals of one entity: a row for each key, a column for each lookback."""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from baihuo.core import EventType
from baihuo.features.spec.declare import DAY_US, Value
from baihuo.features.spec.plan import NOTHING, Block, Window, amount, window_of, window_start_us

Totals = NDArray[np.float64]
Values: TypeAlias = tuple[float | None, float | None, float | None]
"""Price, quantity and dwell of one event."""

_REBASE_HALF_LIVES: Final = 256


class Counters:
    """``totals[slot, column]``; slot 0 is unused and stays zero.

    Sums are as of the state's clock; the state subtracts events that left a window (:meth:`take_out`). Decayed sums are relative to a
    reference time that moves before it could overflow.
    """

    def __init__(self, block: Block, totals: Totals | None = None, *, ref_us: int = 0) -> None:
        self.block = block
        self.totals = np.zeros((64, block.width)) if totals is None else totals
        self.n = 1 if totals is None else len(totals)  # slots in use; the rest is free
        self._ref_us = ref_us
        n_sums, n_decays = len(block.sums), len(block.decays)
        self._decay = slice(n_sums, n_sums + n_decays)
        self._last = slice(n_sums + n_decays, len(block.lookbacks))
        self._half_lives = np.array([one.half_life_us for one in block.decays])
        self._last_windows = [window_of(one) or (DAY_US, 0) for one in block.lasts]
        self._never = np.array([one.never for one in block.lasts])
        self._valued = np.array([block.lookbacks.index(one) for one in block.last_values], np.intp)
        self.of_nobody = np.zeros((1, len(block.lookbacks)))  # :meth:`read` of slot 0
        self.of_nobody[:, self._last] = self._never
        self.of_nobody[:, self._valued] = 0.0
        self._programs = {event: self._program(event) for event in block.events}

    def _program(
        self, event: EventType
    ) -> tuple[list[tuple[int, Value | None, Window | None]], ...]:
        """Return the columns changed by an event of this type: sums, decays, lasts."""
        block, first = self.block, (0, self._decay.start, self._last.start)
        return tuple(
            [
                (start + j, one.value, window_of(one))
                for j, one in enumerate(group)
                if event in one.events
            ]
            for start, group in zip(first, (block.sums, block.decays, block.lasts), strict=True)
        )

    def room_for(self, slot: int) -> None:
        """Grow until ``slot`` exists."""
        if slot >= len(self.totals):
            larger = np.zeros((max(slot + 1, len(self.totals) * 5 // 4 + 64), self.totals.shape[1]))
            larger[: len(self.totals)] = self.totals
            self.totals = larger
        self.n = max(self.n, slot + 1)

    def add(
        self,
        slot: int,
        event: EventType,
        at_us: int,
        values: Values,
        clock_us: int,
    ) -> None:
        """Count one event. Windows that no longer reach ``at_us`` do not count it.

        Args:
            values: price, quantity and dwell of the event, as :func:`amount` takes them.
        """
        sums, decays, lasts = self._programs[event]
        totals = self.totals[slot]
        for column, value, window in sums:
            if window is None or at_us >= window_start_us(window, clock_us):
                totals[column] += amount(value, *values) or 0.0
        for column, value, _ in decays:
            half_life_us = self._half_lives[column - self._decay.start]
            totals[column] += (amount(value, *values) or 0.0) * 2.0 ** (
                (at_us - self._ref_us) / half_life_us
            )
        for column, value, _ in lasts:
            self._see(
                totals, column, at_us, None if value is None else amount(value, *values), value
            )

    def _see(
        self,
        totals: Totals,
        column: int,
        at_us: int,
        value_of_event: float | None,
        value: str | None,
    ) -> None:
        if value is None:
            totals[column] = max(totals[column], at_us)
        elif value_of_event is not None and at_us >= totals[column]:
            extra = len(self.block.lookbacks) + int(np.flatnonzero(self._valued == column)[0])
            is_tie = at_us == totals[column]
            totals[extra] = max(totals[extra], value_of_event) if is_tie else value_of_event
            totals[column] = at_us

    def take_out(
        self,
        window: Window,
        event: EventType,
        slots: NDArray[np.intp],
        values: tuple[NDArray[np.float64], ...],
    ) -> None:
        """Subtract events of one type that left ``window``."""
        for column, value, event_window in self._programs.get(event, ([],))[0]:
            if event_window == window:
                np.subtract.at(self.totals[:, column], slots, amounts(value, *values))
        self.totals[0] = 0

    def rebase(self, now_us: int) -> None:
        """Move the reference time of decayed sums to now, if far behind."""
        if not len(self._half_lives):
            return
        if self._ref_us == 0:
            self._ref_us = now_us
        if (now_us - self._ref_us) / self._half_lives.min() > _REBASE_HALF_LIVES:
            self.totals[:, self._decay] *= np.exp2((self._ref_us - now_us) / self._half_lives)
            self._ref_us = now_us

    def read(self, slots: NDArray[np.intp], at_us: int) -> Totals:
        """Return ``[slots, lookbacks]`` at ``at_us``."""
        values = self.totals[slots]
        if len(self._half_lives):
            values[:, self._decay] *= np.exp2((self._ref_us - at_us) / self._half_lives)
        if self._last_windows:
            starts = np.array([window_start_us(window, at_us) for window in self._last_windows])
            times = values[:, self._last]
            seen = times >= np.maximum(starts, 1)
            days = np.maximum(at_us - times, 0) / DAY_US
            values[:, self._last] = np.where(seen, days, self._never)
            if len(self._valued):
                extra = values[:, len(self.block.lookbacks) :]
                values[:, self._valued] = np.where(
                    seen[:, self._valued - self._last.start], extra, 0.0
                )
        return values[:, : len(self.block.lookbacks)]

    def is_empty(self, slots: NDArray[np.intp], at_us: int) -> NDArray[np.bool_]:
        """Return which keys are empty and may be forgotten."""
        values = self.read(slots, at_us)
        values[:, self._last] -= self._never
        return np.asarray((np.abs(values) < NOTHING).all(axis=1))

    def clear(self, slots: NDArray[np.intp]) -> None:
        self.totals[slots] = 0


def amounts(
    value: str | None,
    price: NDArray[np.float64],
    quantity: NDArray[np.float64],
    dwell: NDArray[np.float64],
) -> NDArray[np.float64]:
    """:func:`amount` of many events; NaN says "none", and adds 0."""
    units = np.where(np.isnan(quantity), 1.0, quantity)
    by_value = {
        None: np.ones(len(price)),
        "dwell_ms": dwell,
        "price_minor": price,
        "quantity": units,
        "revenue_minor": price * units,
    }[value]
    return np.nan_to_num(by_value)
