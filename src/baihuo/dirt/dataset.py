"""A copy of a shop's rows that dirt is planted in: who is taken, and what was planted."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from baihuo.dirt.rows import DAY, EVENTS, PRODUCTS, Case, Key, NoRoom, Row, Shop, Values

START_US, DAYS = 1_740_960_000_000_000, 28  # of a simulated shop: Monday, 3 March 2025, 00:00 UTC


class Dataset:
    """Rows, those of them with dirt, and the cases. Each row and each product gets dirt of one kind."""

    def __init__(self, shop: Shop, seed: str, *, avoid: Iterable[Key] = ()) -> None:
        self.shop = shop
        self.rng = random.Random(seed)
        self.cases: list[Case] = []
        self.taken: set[Key] = set(avoid)
        self.n_dirty: Counter[str] = Counter()  # rows with dirt, by table
        self.n_added: Counter[str] = Counter()  # of them, those that are no rows of the shop
        self._dirty_products: set[str] = set()
        self.is_first = True  # no other kind is in this copy
        self.is_table_clean = True  # nor in this kind's table of it
        self.known: dict[str, Any] = {}  # what the kind now being planted looked up, until the next
        self._next = 10_000_000  # above any number of a clean row
        self._arrived = {r.key: _as_time(r.values.get("received_at_us")) for r in shop.events}
        self.start_us, self.days = START_US, DAYS
        if shop.is_real and shop.events:  # new events stand in the file's own days
            first, last = min(self._arrived.values()), max(self._arrived.values())
            self.start_us = int(first // DAY) * DAY
            self.days = int((last - self.start_us) // DAY) + 1

    @property
    def end_us(self) -> int:
        return self.start_us + self.days * DAY

    def take(self, table: str, n: int, fits: Callable[[Row], bool] = lambda _: True) -> list[Row]:
        """Up to ``n`` rows without dirt that fit, in random order; reserved for the caller."""
        rows: list[Row] = []
        for row in in_random_order(self.rng, self.shop.table(table)):
            if len(rows) >= n:
                break
            if self.is_free(row) and fits(row):
                rows.append(row)
        if len(rows) < n and not self.is_first:
            raise NoRoom
        self.mark(rows)
        return rows

    def choose(self, groups: list[list[Row]], n: int) -> list[list[Row]]:
        """Up to ``n`` of these groups of rows; reserved for the caller."""
        if len(groups) < n and not self.is_first:
            raise NoRoom
        chosen = self.rng.sample(groups, min(n, len(groups)))
        for rows in chosen:
            self.mark(rows)
        return chosen

    def sound(self, table: str, event_type: str = "") -> list[Row]:
        """Rows without dirt: what other rows may be about."""
        rows = [r for r in self.shop.table(table) if self.is_free(r)]
        return [r for r in rows if r.values.get("event_type") == event_type] if event_type else rows

    def is_free(self, row: Row) -> bool:
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

    def add(self, table: str, values: Values, *, after: Row | None = None) -> Row:
        """A new row with dirt, after another one or, for events, where its time received puts it."""
        self._next += 1
        row = Row((table, self._next), values)
        rows = self.shop.table(table)
        rows.insert(len(rows) if after is None else rows.index(after) + 1, row)
        self.mark([row])
        self.n_added[table] += 1
        if table == EVENTS:
            self._arrived[row.key] = _as_time(values.get("received_at_us"))
        return row

    def arrived(self, row: Row) -> float:
        """Where an event stands in the file: when it was received, whatever the row says now."""
        return self._arrived[row.key]

    def case(self, kind: str, rows: Iterable[Row], **rest: Any) -> None:
        self.cases.append(Case(kind, tuple(r.key for r in rows), **rest))


def in_random_order(rng: random.Random, rows: Iterable[Row]) -> Iterator[Row]:
    """Each row once. Who needs a few of them pays for those."""
    left = list(rows)
    for n in range(len(left)):
        other = rng.randrange(n, len(left))
        left[n], left[other] = left[other], left[n]
        yield left[n]


def _as_time(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
