"""The kinds of dirt: what a user calls each, which actions and names of checks are right for it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack

from baihuo.exam.independent.rows import EVENTS, PRODUCTS, Both, Case, Key, Row, Shop
from baihuo.exam.independent.visits import DAY, DAYS, START_US

CASES = 30  # of each kind, unless there are no more rows for it or a kind says otherwise
FIRST_HAND = "first"
HANDS = (FIRST_HAND, "second", "third", "fourth", "fifth")  # in the order of their lists
READ = "read"  # the sender's spelling is read as what it means: no finding is needed


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of dirt. ``checks`` empty: the documents name none, so any name is right."""

    name: str
    words: str  # what a user calls it
    table: str
    actions: frozenset[str]
    checks: frozenset[str]
    plant: Callable[[Bed, Kind], None]
    also: frozenset[str] = frozenset()  # checks that follow from it: right or wrong neither way
    apart: frozenset[str] = (
        frozenset()
    )  # checks that speak of something else: also, and it is not found by them
    group: str = ""  # kinds of one group never share a copy of the shop
    cases: int = CASES
    hand: str = FIRST_HAND  # who thought of it: the folder of dirt that it stands in


ALL: dict[str, Kind] = {}


class NoRoom(Exception):
    """Other kinds took the rows that this one needs: it goes into another copy."""


class Bed:
    """A copy of the shop that dirt is planted in: who is taken, and what was planted."""

    def __init__(self, shop: Shop, seed: str, *, avoid: Iterable[Key] = ()) -> None:
        self.shop = shop
        self.rng = random.Random(seed)
        self.cases: list[Case] = []
        self.taken: set[Key] = set(avoid)
        self.n_dirty: Counter[str] = Counter()  # rows with dirt, by table
        self._dirty_products: set[str] = set()
        self.is_first = True  # no other kind is in this copy
        self.is_table_clean = True  # nor in this kind's table of it
        self._next = 10_000_000  # above any number of a clean row
        self._arrived = {r.key: _as_time(r.values.get("received_at_us")) for r in shop.events}
        self.start_us, self.days = START_US, DAYS
        if shop.is_real and shop.events:  # new events stand in the file's own days
            first, last = min(self._arrived.values()), max(self._arrived.values())
            self.start_us = int(first // DAY) * DAY
            self.days = int((last - self.start_us) // DAY) + 1

    def take(
        self, table: str, n: int, is_fit: Callable[[dict[str, Any]], bool] = lambda _: True
    ) -> list[Row]:
        """Up to ``n`` rows without dirt that fit, in random order; nobody else gets them."""
        rows: list[Row] = []
        for row in in_random_order(self.rng, self.shop.table(table)):
            if self._is_free(row) and is_fit(row.values):
                rows.append(row)
            if len(rows) >= n:
                break
        if len(rows) < n and not self.is_first:
            raise NoRoom
        self.mark(rows)
        return rows

    def sound_products(self) -> list[Row]:
        """Listings without dirt: what other events may be about."""
        return [r for r in self.shop.products if r.key not in self.taken]

    def _is_free(self, row: Row) -> bool:
        """No dirt in the row, nor in the product that an event is about."""
        if row.key in self.taken:
            return False
        return row.key[0] != EVENTS or str(row.values.get("product_id")) not in self._dirty_products

    def mark(self, rows: Iterable[Row]) -> None:
        """These rows get dirt, so nothing else about them does."""
        for row in rows:
            self.n_dirty[row.key[0]] += row.key not in self.taken
            self.taken.add(row.key)
            if row.key[0] == PRODUCTS and row.values.get("product_id") is not None:
                self._dirty_products.add(str(row.values["product_id"]))

    def take_visitors(self, n: int, is_fit: Callable[[list[Row]], bool]) -> list[list[Row]]:
        """All events of up to ``n`` visitors of whom no event has dirt."""
        by_visitor: dict[str, list[Row]] = {}
        for row in self.shop.events:
            by_visitor.setdefault(str(row.values.get("visitor_id")), []).append(row)
        fit = [r for r in by_visitor.values() if not self.has_dirt(r) and is_fit(r)]
        return self.choose(fit, n)

    def has_dirt(self, rows: Iterable[Row]) -> bool:
        return not all(map(self._is_free, rows))

    def choose(self, groups: list[list[Row]], n: int) -> list[list[Row]]:
        """Up to ``n`` of these groups of rows; nobody else gets them."""
        if len(groups) < n and not self.is_first:
            raise NoRoom
        chosen = self.rng.sample(groups, min(n, len(groups)))
        for rows in chosen:
            self.mark(rows)
        return chosen

    def add(self, table: str, values: dict[str, Any], *, after: Row | None = None) -> Row:
        """A new row, after another one or, for events, where its time received puts it."""
        self._next += 1
        row = Row((table, self._next), values)
        rows = self.shop.table(table)
        if after is not None:
            rows.insert(rows.index(after) + 1, row)
        else:
            rows.append(row)
        self.mark([row])
        if table == EVENTS:
            self._arrived[row.key] = _as_time(values.get("received_at_us"))
        return row

    def arrived(self, row: Row) -> float:
        """Where an event stands in the file: when it was received, whatever the row says now."""
        return self._arrived[row.key]

    def case(self, kind: Kind, rows: Iterable[Row], **rest: Any) -> None:
        self.cases.append(Case(kind.name, tuple(r.key for r in rows), **rest))


def in_random_order(rng: random.Random, rows: Iterable[Row]) -> Iterator[Row]:
    """Each row once. Who needs a few of them pays for those."""
    left = list(rows)
    for n in range(len(left)):
        other = rng.randrange(n, len(left))
        left[n], left[other] = left[other], left[n]
        yield left[n]


def _as_time(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


class Placing(TypedDict, total=False):
    """How often a kind is planted, and beside which others it is not."""

    group: str
    cases: int


def kind(
    name: str,
    words: str,
    *,
    table: str = EVENTS,
    actions: str,
    checks: str = "",
    also: str = "",
    apart: str = "",
    **placing: Unpack[Placing],
) -> Callable[[Callable[[Bed, Kind], None]], Callable[[Bed, Kind], None]]:
    """Register a function that plants one kind."""

    def register(plant: Callable[[Bed, Kind], None]) -> Callable[[Bed, Kind], None]:
        if name in ALL:
            raise ValueError(f"two kinds are called {name}")
        ALL[name] = Kind(
            name,
            words,
            table,
            frozenset(actions.split()),
            frozenset(checks.split()),
            plant,
            frozenset(also.split()),
            frozenset(apart.split()),
            placing.get("group", ""),
            placing.get("cases", CASES),
            _hand_of(plant.__module__),
        )
        return plant

    return register


def _hand_of(module: str) -> str:
    """
    >>> _hand_of("baihuo.exam.independent.dirt.times"), _hand_of("baihuo.exam.independent.dirt.second.times")
    ('first', 'second')
    """
    inside = module.partition(".dirt.")[2].split(".")
    return inside[0] if len(inside) > 1 else FIRST_HAND


def cell(
    name: str,
    words: str,
    column: str,
    change: Callable[[random.Random, Any], Any],
    *,
    is_fit: Callable[[dict[str, Any]], bool] = lambda _: True,
    fine: tuple[Any, ...] = (),
    **rest: Any,
) -> None:
    """Register a kind that changes one cell of each row. ``change`` may return ``...``: no key at all."""

    def plant(bed: Bed, own: Kind) -> None:
        def fits(values: dict[str, Any]) -> bool:
            """A cell that the change would leave as it is gets no dirt: a real text may have no full stop."""
            held = values.get(column)
            return held is not None and is_fit(values) and change(random.Random(0), held) != held

        for row in bed.take(own.table, own.cases, fits):
            clean = row.values[column]
            dirty = change(bed.rng, clean)
            if isinstance(dirty, Both):
                dirty, clean = dirty.dirty, dirty.clean
            if dirty is ...:
                del row.values[column]
            else:
                row.values[column] = dirty
            bed.case(own, [row], field=column, clean=clean, fine=fine)

    # the hand is that of the file that says what changes
    plant.__module__ = getattr(change, "__module__", "")
    kind(name, words, **rest)(plant)


Change = Callable[[random.Random, Any], Any]


def cells(kinds: dict[str, tuple[str, str, Change]], **rest: Any) -> None:
    """Register kinds that differ in words, column and change alone: name → (words, column, change)."""
    for name, (words, column, change) in kinds.items():
        cell(name, words, column, change, **rest)
