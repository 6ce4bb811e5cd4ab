"""In-memory totals of one entity: a row for each key, a column for each lookback."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from baihuo.features.online.product_table import Pairs
from baihuo.features.spec.declare import DAY_US, HOUR_US, EventKind, Value
from baihuo.features.spec.plan import (
    HISTORY,
    NOTHING,
    SEEN,
    Block,
    FeaturePlan,
    Window,
    amount,
    window_of,
    window_start_us,
)

# A visitor's interactions with products, in serving.


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """One visitor's products, each once, newest first.

    Rows are rows of the :class:`FeatureState`; times are when we received the last such event. Clicks,
    carts and searches go back 90 days, purchases 365.
    """

    clicked_rows: NDArray[np.int32]
    clicked_at_us: NDArray[np.int64]
    carted_rows: NDArray[np.int32]
    carted_at_us: NDArray[np.int64]
    purchased_rows: NDArray[np.int32]
    purchased_at_us: NDArray[np.int64]
    purchased_n: NDArray[np.float64]  # purchases of each in the window
    purchased_weight: NDArray[np.float64]  # the same, with a half-life of 60 days
    purchased_weight_short: NDArray[np.float64]  # of 20 days
    purchased_weight_long: NDArray[np.float64]  # of 150 days
    purchased_units: NDArray[np.float64]  # quantities in the window, summed
    searched_rows: NDArray[np.int32]  # at the top of the visitor's searches
    searched_at_us: NDArray[np.int64]
    seen_rows: NDArray[np.int32]  # all that was shown or touched, in no order
    seen_n: NDArray[np.float64]  # [products, SEEN]: how often in 90 days
    at_us: int

    @classmethod
    def read(
        cls,
        plan: FeaturePlan,
        counters: Sequence[Counters],
        pairs: Sequence[Pairs | None],
        *,
        visitor: int,
        at_us: int,
    ) -> History:
        """Read from the block of visitors and products.

        Args:
            counters, pairs: of each block of the plan.
            visitor: code of the visitor; 0: unknown.
        """
        b, _ = plan.column_of(HISTORY[0])
        visitor_products = pairs[b]
        assert visitor_products is not None
        rows, slots = visitor_products.codes_and_slots(visitor)
        if not len(rows):
            return _nothing(at_us)
        columns = [plan.column_of(one)[1] for one in HISTORY]
        values = counters[b].read(slots, at_us)[:, columns]
        times = counters[b].totals[slots][:, columns[:4]].astype(np.int64)
        orders = []
        for j in range(4):
            seen = np.flatnonzero(values[:, j] < HISTORY[j].never)
            orders.append(seen[np.argsort(-times[seen, j], kind="stable")])
        clicked, carted, purchased, searched = orders
        return cls(
            clicked_rows=rows[clicked],
            clicked_at_us=times[clicked, 0],
            carted_rows=rows[carted],
            carted_at_us=times[carted, 1],
            purchased_rows=rows[purchased],
            purchased_at_us=times[purchased, 2],
            purchased_n=values[purchased, 4],
            purchased_weight=values[purchased, 5],
            purchased_weight_short=values[purchased, 6],
            purchased_weight_long=values[purchased, 7],
            purchased_units=values[purchased, 8],
            searched_rows=rows[searched],
            searched_at_us=times[searched, 3],
            seen_rows=rows,
            seen_n=values[:, -len(SEEN) :],
            at_us=at_us,
        )

    @property
    def is_empty(self) -> bool:
        """Return whether nothing is known: the page falls back to popular products."""
        times = (self.clicked_at_us, self.carted_at_us, self.purchased_at_us, self.searched_at_us)
        return not any(map(len, times))

    @property
    def n_purchases(self) -> int:
        return int(self.purchased_n.sum())

    @property
    def state_rows(self) -> NDArray[np.int32]:
        """Return every product of the history, the latest first."""
        rows = np.concatenate([self.clicked_rows, self.carted_rows, self.purchased_rows])
        times = np.concatenate([self.clicked_at_us, self.carted_at_us, self.purchased_at_us])
        newest_first: NDArray[np.int32] = rows[np.argsort(-times, kind="stable")]
        _, first = np.unique(newest_first, return_index=True)
        return newest_first[np.sort(first)]


def _nothing(at_us: int) -> History:
    rows, times, numbers = np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0)
    seen = np.empty((0, len(SEEN)))
    return History(*(rows, times) * 3, *(numbers,) * 5, rows, times, rows, seen, at_us)


# Events in some window, by hour, to be subtracted when the window ends.


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
        self, event: EventKind
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
        event: EventKind,
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
        event: EventKind,
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
