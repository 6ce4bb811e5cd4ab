"""The second compiler: the same declarations as counters in memory, moved by each event."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Event, EventType, Product, fold
from baihuo.core.tables import CATEGORY_SEPARATOR
from baihuo.features.online.counters import Counters
from baihuo.features.online.history import History
from baihuo.features.online.log import WindowLog
from baihuo.features.online.pairs import Pairs
from baihuo.features.online.stored_state import GROUPS, StoredState, read_state
from baihuo.features.online.text_vocabulary import TextVocabulary
from baihuo.features.spec.declare import DAY_US, HOUR_US, FeatureSet
from baihuo.features.spec.derived import DERIVED_FUNCTIONS
from baihuo.features.spec.plan import HISTORY, KIND, make_plan, window_of, window_start_us

_MOST_WAITING = 100_000


class FeatureState:
    """What serving knows of visitors, products and queries: the answer of the SQL, kept up to date.

    Rows are this state's own numbers of products, from 1; row 0 is "a product nobody knows", whose past is empty.
    Time moves forward with events and requests; a request older than the newest bucket is answered as of that bucket.
    One lock: safe from several threads.
    """

    def __init__(self, features: FeatureSet, products: Iterable[Product] = ()) -> None:
        self.features = features
        self.at_us = 0  # the newest moment seen
        self.last_seq = 0  # the live log up to here is inside (0: none of it)
        self.product_ids: list[str] = [""]
        self._plan = make_plan(features, *HISTORY)
        blocks = self._plan.blocks
        self._counters = [Counters(block) for block in blocks]
        self._pairs = [Pairs() if len(block.entity) == 2 else None for block in blocks]
        self._log = WindowLog(5 + len(blocks), np.zeros((0, 5 + len(blocks))))
        self._visitors = TextVocabulary()
        self._queries = TextVocabulary()
        self._rows: dict[str, int] = {}
        self._groups = {part: TextVocabulary() for part in GROUPS}
        self._group_of = {part: np.zeros(64, np.int32) for part in self._groups}
        self._in_catalogue: set[int] = set()
        self._waiting: dict[int, list[Event]] = {}
        self._n_waiting = 0
        self._windows = sorted({w for block in blocks for w in block.windows})
        self._by_event = {
            event: [b for b, block in enumerate(blocks) if event in block.events]
            for event in EventType
        }
        self._windows_of = {
            event: [
                w
                for block in blocks
                for one in block.sums
                if event in one.events and (w := window_of(one)) is not None
            ]
            for event in EventType
        }
        self._into = self._targets()
        self._lock = threading.RLock()
        self.add_products(products)

    @classmethod
    def load(cls, path: Path, features: FeatureSet) -> FeatureState:
        """The state that :func:`baihuo.features.snapshot` wrote.

        Raises:
            NotFound: there is none.
            Conflict: it was made from other declarations, or replaced while it was read.
        """
        state = cls(features)
        state._start_from(read_state(path, features_hash=features.hash, blocks=state._plan.blocks))
        return state

    def _start_from(self, stored: StoredState) -> None:
        """Fill a fresh state."""
        self.at_us, self.last_seq = stored.at_us, stored.last_seq
        for part, names in stored.group_names.items():
            for name in names:
                self._groups[part].code(name)
        for product in stored.products:
            row = self._row(product["product_id"])
            if product["in_catalogue"]:
                self._place(
                    row, {"brand": product["brand_name"], "category": product["category_name"]}
                )
        self._visitors, self._queries = (
            TextVocabulary(stored.visitors),
            TextVocabulary(stored.queries),
        )
        self._counters = [counters for counters, _ in stored.blocks]
        self._pairs = [pairs for _, pairs in stored.blocks]
        self._log.base = stored.log

    def _targets(self) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
        """By block: rows of the output, and the columns of the block that go there."""
        into = []
        for b in range(len(self._plan.blocks)):
            pairs = [(f, c) for f, (block, c) in enumerate(self._plan.positions) if block == b]
            both = np.array(pairs, np.intp).reshape(-1, 2)
            into.append((both[:, 0].copy(), both[:, 1].copy()))
        return into

    # How much is remembered

    @property
    def n_visitors(self) -> int:
        return len(self._visitors)

    @property
    def n_queries(self) -> int:
        return len(self._queries)

    @property
    def n_pairs(self) -> int:
        """Pairs of a visitor or query with a product, brand or category."""
        return sum(len(pairs) for pairs in self._pairs if pairs is not None)

    @property
    def n_logged(self) -> int:
        """Events that some window still counts."""
        return len(self._log)

    # Products

    def rows_of(self, product_ids: Sequence[str]) -> NDArray[np.int32]:
        """The row of each product; 0 for one that is not known."""
        get = self._rows.get
        return np.array([get(product_id, 0) for product_id in product_ids], np.int32)

    def add_products(self, products: Iterable[Product]) -> None:
        """Take in new or changed products. What was seen of an unknown product now counts for its brand too."""
        with self._lock:
            for product in products:
                row = self._row(product.product_id)
                names = {
                    "brand": product.brand,
                    "category": CATEGORY_SEPARATOR.join(product.category),
                }
                self._place(row, names)

    def _place(self, row: int, names: dict[str, str | None]) -> None:
        for part, codes in self._groups.items():
            name = names[part]
            self._group_of[part][row] = codes.code(name) if name else 0
        self._in_catalogue.add(row)
        late = self._waiting.pop(row, [])
        self._n_waiting -= len(late)
        for event in late:
            self._count(event, parts=("brand", "category"))

    def _row(self, product_id: str) -> int:
        row = self._rows.get(product_id)
        if row is None:
            row = self._rows[product_id] = len(self.product_ids)
            self.product_ids.append(product_id)
            for part, of in self._group_of.items():
                if row >= len(of):
                    self._group_of[part] = np.concatenate([of, np.zeros(len(of), np.int32)])
        return row

    # Events

    def apply(self, event: Event) -> None:
        """Count one event, in the order of the log. One received late counts from now on, in its own bucket."""
        with self._lock:
            self._advance(event.received_at_us)
            if self._by_event[event.event_type]:
                self._count(event)

    def _count(self, event: Event, parts: tuple[str, ...] | None = None) -> None:
        row = 0 if event.product_id is None else self._row(event.product_id)
        query = fold(event.query_text) if event.query_text else ""
        at_us, kind = event.received_at_us, event.event_type
        values = (event.price_minor, event.quantity, event.dwell_ms)
        slots = [0] * len(self._plan.blocks)
        for b in self._by_event[kind]:
            block, pairs = self._plan.blocks[b], self._pairs[b]
            if parts is not None and block.part not in parts:
                continue
            code = row if block.part == "product" else 0
            if block.part in self._groups:
                code = int(self._group_of[block.part][row])
            context = 0
            if block.context == "visitor":
                context = self._visitors.code(event.visitor_id)
            elif block.context == "query" and query:
                context = self._queries.code(query)
            if (block.context and not context) or (block.part and not code):
                continue
            slot = pairs.slot(context, code) if pairs is not None else context or code
            counters = self._counters[b]
            counters.room_for(slot)
            counters.add(slot, kind, at_us, values, self.at_us)
            slots[b] = slot
        if any(at_us >= window_start_us(w, self.at_us) for w in self._windows_of[kind]):
            numbers = (np.nan if v is None else float(v) for v in values)
            self._log.append((float(at_us), float(KIND[kind]), *numbers, *map(float, slots)))
        if (
            parts is None
            and row
            and row not in self._in_catalogue
            and self._n_waiting < _MOST_WAITING
        ):
            self._waiting.setdefault(row, []).append(event)
            self._n_waiting += 1

    def _advance(self, now_us: int) -> None:
        """Move the clock, and take out of every window what it has passed."""
        before_us = self.at_us
        if now_us <= before_us:
            return
        self.at_us = now_us
        if now_us // HOUR_US == before_us // HOUR_US:
            return
        for window in self._windows:
            first, end = window_start_us(window, before_us), window_start_us(window, now_us)
            if before_us and end > first:
                self._expire(window, self._log.between(first, end))
        for counters in self._counters:
            counters.rebase(now_us)
        if now_us // DAY_US != before_us // DAY_US:
            self._forget()

    def _expire(self, window: tuple[int, int], rows: NDArray[np.float64]) -> None:
        for event, windows in self._windows_of.items():
            if window not in windows:
                continue
            mine = rows[rows[:, 1] == KIND[event]]
            values = (mine[:, 2], mine[:, 3], mine[:, 4])
            for b, counters in enumerate(self._counters):
                if window in counters.block.windows:
                    counters.take_out(window, event, mine[:, 5 + b].astype(np.intp), values)

    def _forget(self) -> None:
        """Once a day: drop what no window, half-life or list can still see."""
        kept_from = np.full(len(KIND), np.inf)
        for event, windows in self._windows_of.items():
            for window in windows:
                kept_from[KIND[event]] = min(
                    kept_from[KIND[event]], window_start_us(window, self.at_us)
                )
        self._log.forget(kept_from)
        for counters, pairs in zip(self._counters, self._pairs, strict=True):
            if pairs is not None:
                slots = pairs.new()
                gone = slots[counters.is_empty(slots, self.at_us)]
                counters.clear(gone)
                pairs.drop(gone)
        for name, texts in (("visitor", self._visitors), ("query", self._queries)):
            texts.drop(self._unused(name, texts.new()))

    def _unused(self, context: str, codes: NDArray[np.intp]) -> list[int]:
        """Those visitors (or queries) of whom no block knows anything any more."""
        for block, counters in zip(self._plan.blocks, self._counters, strict=True):
            if block.entity == (context,):
                known = codes < counters.n
                empty = counters.is_empty(np.where(known, codes, 0), self.at_us)
                counters.clear(codes[empty & known])
                codes = codes[empty | ~known]
        pairs = [
            p
            for p, b in zip(self._pairs, self._plan.blocks, strict=True)
            if p is not None and b.context == context
        ]
        return [code for code in codes.tolist() if not any(p.has_any(code) for p in pairs)]

    # Reading

    def matrix(
        self, visitor_id: str, state_rows: NDArray[np.int32], *, query_text: str = "", at_us: int
    ) -> NDArray[np.float32]:
        """Every feature of every row for this visitor and query: float32 ``[rows, features.names]``."""
        rows = np.asarray(state_rows, np.intp)
        n, names = len(rows), self.features.names
        out = np.empty((len(names), n), np.float32)
        with self._lock:
            self._advance(at_us)
            now_us = at_us if at_us // HOUR_US == self.at_us // HOUR_US else self.at_us
            contexts = {
                "visitor": self._visitors.get(visitor_id),
                "query": self._queries.get(fold(query_text)) if query_text else 0,
            }
            for b, block in enumerate(self._plan.blocks):
                into, columns = self._into[b]
                if len(into):
                    slots = self._slots(b, contexts.get(block.context or "", 0), rows)
                    out[into] = self._counters[b].read(slots, now_us)[:, columns].T
        by_name = dict(zip(names, out, strict=True))
        for one in self.features.derived:
            ingredients = [by_name[name] for name in one.from_]
            by_name[one.name][:] = DERIVED_FUNCTIONS[one.function](*ingredients, *one.constants)
        return np.ascontiguousarray(out.T)

    def _slots(self, b: int, context: int, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        block, pairs, counters = self._plan.blocks[b], self._pairs[b], self._counters[b]
        if block.part is None:
            return np.array([context if context < counters.n else 0], np.intp)
        codes = rows if block.part == "product" else self._group_of[block.part][rows]
        if pairs is None:
            return np.where(codes < counters.n, codes, 0)
        if not context:
            return np.zeros(len(rows), np.intp)
        return pairs.slots(context, np.asarray(codes, np.int32))

    def history(self, visitor_id: str) -> History:
        """What this visitor clicked, put in a cart and bought, newest first."""
        with self._lock:
            b, _ = self._plan.column_of(HISTORY[0])
            pairs, counters = self._pairs[b], self._counters[b]
            assert pairs is not None
            rows, slots = pairs.of(self._visitors.get(visitor_id))
            columns = [self._plan.column_of(one)[1] for one in HISTORY]
            values = counters.read(slots, self.at_us)[:, columns]
            times = counters.totals[slots][:, columns[:3]].astype(np.int64)
        orders = []
        for j in range(3):
            seen = np.flatnonzero(values[:, j] < HISTORY[j].never)
            orders.append(seen[np.argsort(-times[seen, j], kind="stable")])
        clicked, carted, purchased = orders
        return History(
            clicked_rows=rows[clicked],
            clicked_at_us=times[clicked, 0],
            carted_rows=rows[carted],
            carted_at_us=times[carted, 1],
            purchased_rows=rows[purchased],
            purchased_at_us=times[purchased, 2],
            purchased_n=values[purchased, 3],
            purchased_weight=values[purchased, 4],
            at_us=self.at_us,
        )
