"""The plan of a feature set: blocks of columns, which both compilers follow."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from baihuo.core import (
    CLICKS_REMEMBERED_DAYS,
    PURCHASE_HALF_LIFE_DAYS,
    PURCHASE_LONG_HALF_LIFE_DAYS,
    PURCHASE_SHORT_HALF_LIFE_DAYS,
    PURCHASES_REMEMBERED_DAYS,
    EventType,
)
from baihuo.features.spec.declare import (
    DAY_US,
    ENTITIES,
    KINDS,
    DerivedKind,
    Entity,
    EventKind,
    FeatureSet,
    Lookback,
    Value,
)

Window: TypeAlias = tuple[int, int]
"""Length of a bucket in microseconds, whole buckets before the current one."""

FORGOTTEN_HALF_LIVES: Final = 40
"""Half-lives after which a decayed event weighs 1e-12 and may be forgotten."""

NOTHING: Final = 1e-8
"""Serving may forget a key whose totals are all smaller (27 half-lives after one event)."""

PROFILES_REMEMBERED_DAYS: Final = 400
"""Older basics are forgotten at the next snapshot."""

KIND: Final = {kind: i for i, kind in enumerate(KINDS)}
"""Kinds of events as small integers inside a plan; never stored for longer than a snapshot."""

_VISITOR_PRODUCT: Final = ("visitor", "product")


def _in_days(
    name: str,
    aggregate: Literal["last", "count"],
    event: EventKind,
    window_days: int = CLICKS_REMEMBERED_DAYS,
) -> Lookback:
    return Lookback(
        name=name,
        entity=_VISITOR_PRODUCT,
        events=(event,),
        aggregate=aggregate,
        window_days=window_days,
    )


def _decayed_purchases(name: str, half_life_days: float) -> Lookback:
    return Lookback(
        name=name,
        entity=_VISITOR_PRODUCT,
        events=(EventType.PURCHASE,),
        aggregate="decayed",
        half_life_days=half_life_days,
    )


SEEN: Final = tuple(
    _in_days(f"history_n_{kind}", "count", kind)
    for kind in (
        EventType.IMPRESSION,
        EventType.CLICK,
        EventType.ADD_TO_CART,
        DerivedKind.SEARCHED,
        DerivedKind.FOUND,
        DerivedKind.CLICKED_FOUND,
    )
)
"""How often a visitor saw, clicked and carted a product, and how much of it in searches; the last columns of ``HISTORY``."""

HISTORY: Final = (
    _in_days("history_clicked", "last", EventType.CLICK),
    _in_days("history_carted", "last", EventType.ADD_TO_CART),
    _in_days("history_purchased", "last", EventType.PURCHASE, PURCHASES_REMEMBERED_DAYS),
    _in_days("history_searched", "last", DerivedKind.SEARCHED),
    _in_days("history_n_purchases", "count", EventType.PURCHASE, PURCHASES_REMEMBERED_DAYS),
    _decayed_purchases("history_purchases_decayed", PURCHASE_HALF_LIFE_DAYS),
    _decayed_purchases("history_purchases_lately", PURCHASE_SHORT_HALF_LIFE_DAYS),
    _decayed_purchases("history_purchases_long", PURCHASE_LONG_HALF_LIFE_DAYS),
    Lookback(
        name="history_units",
        entity=_VISITOR_PRODUCT,
        events=(EventType.PURCHASE,),
        aggregate="sum",
        value="quantity",
        window_days=PURCHASES_REMEMBERED_DAYS,
    ),
    *SEEN,
)
"""Columns that serving needs to list a visitor's products."""


@dataclass(frozen=True)
class Block:
    """All columns of one entity, sums first, then decayed sums, then last times and last values."""

    entity: Entity
    sums: tuple[Lookback, ...]  # count and sum, with or without a window
    decays: tuple[Lookback, ...]
    lasts: tuple[Lookback, ...]  # every one has a column for its time
    last_values: tuple[Lookback, ...]  # those of ``lasts`` with a column for the value, too

    @property
    def lookbacks(self) -> tuple[Lookback, ...]:
        """In column order; the extra columns of ``last_values`` come after these."""
        return (*self.sums, *self.decays, *self.lasts)

    @property
    def width(self) -> int:
        return len(self.lookbacks) + len(self.last_values)

    @property
    def context(self) -> str | None:
        """The part of the entity that a whole request shares."""
        return next((part for part in self.entity if part in ("visitor", "query")), None)

    @property
    def part(self) -> str | None:
        """The part of the entity that differs by product."""
        return next((p for p in self.entity if p in ("product", "brand", "category")), None)

    @property
    def windows(self) -> tuple[Window, ...]:
        """The windows of the sums, each once."""
        return tuple(sorted({w for one in self.sums if (w := window_of(one)) is not None}))

    @property
    def events(self) -> frozenset[EventKind]:
        return frozenset(event for one in self.lookbacks for event in one.events)

    def reach_us(self, event: EventKind) -> int | None:
        """Return how long an event of this kind matters here; None: for ever."""
        reach = 0
        for one in self.lookbacks:
            if event in one.events:
                if (n := one.n_granules) is not None:
                    reach = max(reach, (n + 1) * one.granule_us)
                elif one.half_life_days is not None:
                    reach = max(reach, int(FORGOTTEN_HALF_LIVES * one.half_life_days * DAY_US))
                else:
                    return None
        return reach


def window_of(one: Lookback) -> Window | None:
    """The window of a count or sum; None: it has none."""
    return None if one.n_granules is None else (one.granule_us, one.n_granules)


def window_start_us(window: Window, at_us: int) -> int:
    """Return the first microsecond of ``window`` at ``at_us``."""
    granule_us, n = window
    return (at_us // granule_us - n) * granule_us


@dataclass(frozen=True)
class FeaturePlan:
    """Blocks, and the column of each lookback of the set."""

    blocks: tuple[Block, ...]
    positions: tuple[tuple[int, int], ...]  # by lookback of the set: its block, its column there

    def column_of(self, one: Lookback) -> tuple[int, int]:
        """Return block and column of a lookback with this measure. Raises: KeyError: not in the plan."""
        position = self._columns.get(one.measure)
        if position is None:
            raise KeyError(one.name)
        return position

    def outputs_by_block(self) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
        """By block: numbers of lookbacks of the set, and the columns of the block that hold them."""
        outputs = []
        for b in range(len(self.blocks)):
            pairs = [(f, c) for f, (block, c) in enumerate(self.positions) if block == b]
            both = np.array(pairs, np.intp).reshape(-1, 2)
            outputs.append((both[:, 0].copy(), both[:, 1].copy()))
        return outputs

    def blocks_by_event(self) -> dict[EventKind, list[int]]:
        """Of each kind of event, the numbers of the blocks that read it."""
        return {
            event: [b for b, block in enumerate(self.blocks) if event in block.events]
            for event in KINDS
        }

    def windows_by_event(self) -> dict[EventKind, list[Window]]:
        """Of each kind of event, the windows of the sums that read it."""
        return {
            event: [
                window
                for block in self.blocks
                for one in block.sums
                if event in one.events and (window := window_of(one)) is not None
            ]
            for event in KINDS
        }

    @cached_property
    def _columns(self) -> dict[object, tuple[int, int]]:
        """Map measures to columns: a search for half a dozen in each request took 0.3 ms."""
        return {
            one.measure: (b, c)
            for b, block in enumerate(self.blocks)
            for c, one in enumerate(block.lookbacks)
        }


def make_plan(features: FeatureSet, *extra: Lookback) -> FeaturePlan:
    """Build blocks for the lookbacks of ``features`` and ``extra``; equal measures share a column."""
    blocks = []
    for entity in ENTITIES:
        distinct: dict[object, Lookback] = {}
        for one in (*features.lookbacks, *extra):
            if one.entity == entity:
                distinct.setdefault(one.measure, one)
        lookbacks = tuple(distinct.values())
        if lookbacks:
            lasts = tuple(one for one in lookbacks if one.aggregate == "last")
            blocks.append(
                Block(
                    entity,
                    tuple(one for one in lookbacks if one.aggregate in ("count", "sum")),
                    tuple(one for one in lookbacks if one.aggregate == "decayed"),
                    lasts,
                    tuple(one for one in lasts if one.value is not None),
                )
            )
    unplaced = FeaturePlan(tuple(blocks), ())
    return FeaturePlan(
        unplaced.blocks, tuple(unplaced.column_of(one) for one in features.lookbacks)
    )


def amount(
    value: Value | None, price: float | None, quantity: float | None, dwell: float | None
) -> float | None:
    """Return what one event adds: 1 for a count, else its value or None."""
    if value is None:
        return 1.0
    if value == "dwell_ms":
        return dwell
    if value == "price_minor":
        return price
    units = 1.0 if quantity is None else quantity
    if value == "quantity":
        return units
    return None if price is None else price * units
