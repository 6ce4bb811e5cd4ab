"""The second compiler: the same declarations as counters in memory, updated by each event."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from baihuo.core import CATEGORY_SEPARATOR, Event, Product, VisitorBasics, fold
from baihuo.features.online.counters import History
from baihuo.features.online.parts import StateParts
from baihuo.features.online.product_table import GROUPS
from baihuo.features.spec.declare import DAY_US, HOUR_US, EventKind, FeatureSet, kinds_of
from baihuo.features.spec.plan import HISTORY, KIND, make_plan, window_start_us

_LOGGED = 4  # window events that take the memory of one new visitor, query or pair


class FeatureState:
    """Serving's features of visitors, products and queries: equal to the SQL, updated by each event.

    Rows are this state's product numbers, from 1; row 0 is an unknown product without a past.
    Time moves forward with events and requests; requests older than the newest bucket get its values.
    One lock: safe from several threads.
    """

    def __init__(
        self,
        features: FeatureSet,
        products: Iterable[Product] = (),
        *,
        parts: StateParts | None = None,
        most_new: int | None = None,
    ) -> None:
        """
        Args:
            parts: The past to start from; None: empty.
            most_new: Most new visitors, queries, unknown products and pairs since that past. Beyond it, events count only for known ones;
                :attr:`n_left_out` is the number of events counted in part. None: no limit, as in SQL.
        """
        self.features = features
        self._plan = make_plan(features, *HISTORY)
        blocks = self._plan.blocks
        parts = StateParts.empty(blocks) if parts is None else parts
        self.at_us, self.last_seq = parts.at_us, parts.last_seq
        self._products = parts.products
        self._visitors, self._queries = parts.visitors, parts.queries
        self._counters, self._pairs, self._log = parts.counters, parts.pairs, parts.log
        self._profiles = parts.profiles
        self._n_remembered = len(
            parts.visitors
        )  # they have the first codes, which are never reused
        self._most_new, self._n_before = most_new, 0
        self.n_left_out = 0  # events counted only in part
        self._blocks_of = self._plan.blocks_by_event()
        self._windows_of = self._plan.windows_by_event()
        self._windows = sorted({w for windows in self._windows_of.values() for w in windows})
        self._outputs = self._plan.outputs_by_block()
        self._lock = threading.RLock()
        self._n_forgotten = 0
        self.add_products(products)
        self._n_before = self.n_new  # the loaded past is not new
        self._n_logged_before = len(self._log)

    @classmethod
    def load(cls, path: Path, features: FeatureSet, *, most_new: int | None = None) -> FeatureState:
        """Load a :func:`baihuo.features.snapshot`. ``most_new``: see the class.

        Raises:
            NotFound: there is none. BrokenFile: a file is damaged. Conflict: it was made from other declarations, or replaced during the
                read.
        """
        blocks = make_plan(features, *HISTORY).blocks
        parts = StateParts.load(path, features_hash=features.hash, blocks=blocks)
        return cls(features, parts=parts, most_new=most_new)

    # How much is remembered

    @property
    def n_remembered(self) -> int:
        """Number of visitors in the snapshot, whose events passed the checks."""
        return self._n_remembered

    def is_remembered(self, visitor_id: str) -> bool:
        """Return whether the snapshot has this visitor's checked events."""
        return 0 < self._visitors.get(visitor_id) <= self._n_remembered

    @property
    def n_visitors(self) -> int:
        return len(self._visitors)

    @property
    def n_queries(self) -> int:
        return len(self._queries)

    @property
    def n_pairs(self) -> int:
        """Number of pairs of a visitor or query with a product, brand or category."""
        return sum(len(pairs) for pairs in self._pairs if pairs is not None)

    @property
    def n_logged(self) -> int:
        """Number of events in some window."""
        return len(self._log)

    @property
    def n_new(self) -> int:
        """Number of visitors, queries, unknown products, profiles and pairs new since the start: about 550 bytes each."""
        n_pairs = sum(pairs.n_new for pairs in self._pairs if pairs is not None)
        n_named = self._visitors.n_new + self._queries.n_new + self._products.n_unknown
        return n_pairs + n_named + len(self._profiles) - self._n_before

    @property
    def is_full(self) -> bool:
        """Whether new entries are refused: a flood of fake visitors must not take all memory."""
        return self._most_new is not None and self.n_new >= self._most_new

    # Products

    @property
    def product_ids(self) -> list[str]:
        """Return the id of each row; row 0 has ""."""
        return self._products.ids

    def rows_of(self, product_ids: Sequence[str]) -> NDArray[np.int32]:
        """The row of each product; 0 for one that is not known."""
        return self._products.rows_of(product_ids)

    def add_products(self, products: Iterable[Product]) -> None:
        """Add new or changed products. Earlier events of a new one now count for its brand, too."""
        with self._lock:
            for product in products:
                category = CATEGORY_SEPARATOR.join(product.category)
                late = self._products.set_groups(
                    self._products.row(product.product_id),
                    {"brand": product.brand, "category": category},
                )
                for event in late:
                    self._count(event, parts=GROUPS)

    def take_products(self, other: FeatureState) -> None:
        """Add the products of another state, such as those sent to the catalogue after this one was made."""
        with other._lock:
            theirs = other._products.grouped()
        with self._lock:
            mine = dict(self._products.grouped())
            for product_id, names in theirs:
                if mine.get(product_id) != names:
                    for event in self._products.set_groups(self._products.row(product_id), names):
                        self._count(event, parts=GROUPS)

    # Events

    def apply(self, event: Event, *, for_all: bool = True) -> None:
        """Count one event, in the order of the log. A late one counts from now on, in its own bucket.

        Args:
            for_all: Whether it counts for all visitors' pages (products, searches); else only for its visitor.
        """
        with self._lock:
            self._advance(event.received_at_us)
            is_full = self.is_full
            if not is_full or self._profiles.knows(event.visitor_id):
                self._profiles.apply(event)
            if not any(self._blocks_of[kind] for kind in kinds_of(event)):
                return
            if is_full:
                self._count_known(event, for_all=for_all)
            else:
                self._count(event, for_all=for_all)

    def remember(self, visitor_id: str, basics: VisitorBasics, at_us: int) -> None:
        """Apply basics just sent, before they arrive by the log. ``at_us``: when their event was received."""
        with self._lock:
            if not self.is_full or self._profiles.knows(visitor_id):
                self._profiles.remember(visitor_id, basics, at_us)

    def forget(self, visitor_id: str) -> None:
        """Forget a visitor: their next event is their first. Their events still count in the sums of products. Their counters lose their id
        and expire with their windows like others, so that no search delays pages.
        """
        with self._lock:
            self._profiles.forget(visitor_id)
            self._n_forgotten += 1
            self._visitors.rename(visitor_id, f"\0{self._n_forgotten}")  # no id has a NUL

    def _count_known(self, event: Event, *, for_all: bool) -> None:
        """Count an event only for known visitors, queries, products and pairs."""
        is_known = self._visitors.get(event.visitor_id) and (
            event.product_id is None or self._products.rows_of([event.product_id])[0]
        )
        has_room = len(self._log) - self._n_logged_before < _LOGGED * (self._most_new or 0)
        if not (is_known and has_room) or self._count(event, only_known=True, for_all=for_all):
            self.n_left_out += 1

    def _count(
        self,
        event: Event,
        parts: tuple[str, ...] | None = None,
        *,
        only_known: bool = False,
        for_all: bool = True,
    ) -> bool:
        """Count one event; ``parts``: only blocks of these parts of an entity; ``only_known``: only known visitors, queries and pairs.
        Returns whether one was left out."""
        row = 0 if event.product_id is None else self._products.row(event.product_id)
        query = fold(event.query_text) if event.query_text else ""
        is_left_out = False
        for kind in kinds_of(event):
            is_left_out |= self._count_kind(
                event, kind, row, query, parts, only_known=only_known, for_all=for_all
            )
        if (
            parts is None and for_all and not only_known
        ):  # held-back events do not wait for a brand, either
            self._products.wait(row, event)
        return is_left_out

    def _count_kind(
        self,
        event: Event,
        kind: EventKind,
        row: int,
        query: str,
        parts: tuple[str, ...] | None,
        *,
        only_known: bool,
        for_all: bool,
    ) -> bool:
        at_us = event.received_at_us
        values = (event.price_minor, event.quantity, event.dwell_ms)
        slots = [0] * len(self._plan.blocks)
        is_left_out = False
        for b in self._blocks_of[kind]:
            block, pairs = self._plan.blocks[b], self._pairs[b]
            if parts is not None and block.part not in parts:
                continue
            if not for_all and block.context != "visitor":
                continue
            code = self._products.code(block.part, row)
            context = 0
            texts, text = self._visitors, event.visitor_id
            if block.context == "query":
                texts, text = self._queries, query
            if block.context and text:
                context = texts.get(text) if only_known else texts.code(text)
                is_left_out |= not context
            if (block.context and not context) or (block.part and not code):
                continue
            slot = context or code
            if pairs is not None:
                slot = pairs.known(context, code) if only_known else pairs.slot(context, code)
                if not slot:
                    is_left_out = True
                    continue
            counters = self._counters[b]
            counters.room_for(slot)
            counters.add(slot, kind, at_us, values, self.at_us)
            slots[b] = slot
        if any(at_us >= window_start_us(w, self.at_us) for w in self._windows_of[kind]):
            numbers = (np.nan if v is None else float(v) for v in values)
            self._log.append((float(at_us), float(KIND[kind]), *numbers, *map(float, slots)))
        return is_left_out

    def _advance(self, now_us: int) -> None:
        """Move the clock, and subtract events that left a window."""
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
            events = rows[rows[:, 1] == KIND[event]]
            values = (events[:, 2], events[:, 3], events[:, 4])
            for b, counters in enumerate(self._counters):
                if window in counters.block.windows:
                    counters.take_out(window, event, events[:, 5 + b].astype(np.intp), values)

    def _forget(self) -> None:
        """Once a day, drop data beyond every window, half-life and list."""
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
        """Return visitors (or queries) without data in any block."""
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
        """Return all features of the rows for this visitor and query: float32 ``[rows, features.names]``."""
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
                positions, columns = self._outputs[b]
                if len(positions):
                    slots = self._slots(b, contexts.get(block.context or "", 0), rows)
                    counters = self._counters[b]
                    values = counters.read(slots, now_us) if slots.any() else counters.of_nobody
                    out[positions] = values[:, columns].T
        by_name = dict(zip(names, out, strict=True))
        for one in self.features.derived:
            by_name[one.name][:] = one.compute(by_name)
        return np.ascontiguousarray(out.T)

    def _slots(self, b: int, context: int, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        block, pairs, counters = self._plan.blocks[b], self._pairs[b], self._counters[b]
        if block.part is None:
            return np.array([context if context < counters.n else 0], np.intp)
        codes = self._products.codes(block.part, rows)
        if pairs is None:
            return np.where(codes < counters.n, codes, 0)
        if not context:
            return np.zeros(len(rows), np.intp)
        return pairs.slots(context, np.asarray(codes, np.int32))

    def basics(self, visitor_id: str) -> VisitorBasics:
        """Return a visitor's basics, known without any click."""
        with self._lock:
            return self._profiles.of(visitor_id)

    def history(self, visitor_id: str) -> History:
        """Return this visitor's clicks, carts, purchases and what was searched for, newest first."""
        with self._lock:
            return History.read(
                self._plan,
                self._counters,
                self._pairs,
                visitor=self._visitors.get(visitor_id),
                at_us=self.at_us,
            )
