"""Products of a feature state: rows, brands and categories."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from baihuo.core import BASICS_FIELDS, Event, EventType, VisitorBasics, basics_of

# Maps pairs of a visitor (or query) and a product, brand or category to slots.


class Pairs:
    """A snapshot's pairs are in sorted arrays; a changed context gets a dict. So a million visitors that never return cost arrays, not
    objects. Slot 0: no such pair.
    """

    def __init__(
        self, contexts: NDArray[np.int64] | None = None, codes: NDArray[np.int32] | None = None
    ) -> None:
        """Pairs of slots 1, 2, …, sorted by context, then code."""
        none = np.zeros(0, np.int64)
        contexts = none if contexts is None else contexts
        self._codes = none.astype(np.int32) if codes is None else codes
        self._starts = np.searchsorted(
            contexts, np.arange(contexts[-1] + 2 if len(contexts) else 1)
        )
        self.n_base = len(contexts) + 1
        self._owners = array("q")  # of the slots after the base: context (-1: free) and code
        self._owned = array("q")
        self._free: list[int] = []
        self._live: dict[int, dict[int, int]] = {}

    def __len__(self) -> int:
        """Slots in use, with those of the snapshot."""
        return self.n_base - 1 + len(self._owners) - len(self._free)

    @property
    def n_new(self) -> int:
        """Number of pairs not from a snapshot."""
        return len(self._owners) - len(self._free)

    def _base(self, context: int) -> tuple[int, int]:
        """Return start and end of a context of the snapshot; (0, 0): none."""
        if context + 1 >= len(self._starts):
            return 0, 0
        low, high = int(self._starts[context]), int(self._starts[context + 1])
        return (low, high) if low < high else (0, 0)

    def slot(self, context: int, code: int) -> int:
        """Return the slot of a pair, adding new ones."""
        slot_of = self._live.get(context)
        if slot_of is None:
            low, high = self._base(context)
            slot_of = dict(
                zip(self._codes[low:high].tolist(), range(low + 1, high + 1), strict=True)
            )
            self._live[context] = slot_of
        slot = slot_of.get(code)
        if slot is None:
            slot = slot_of[code] = self._made(context, code)
        return slot

    def _made(self, context: int, code: int) -> int:
        if self._free:
            slot = self._free.pop()
            self._owners[slot - self.n_base], self._owned[slot - self.n_base] = context, code
            return slot
        self._owners.append(context)
        self._owned.append(code)
        return self.n_base + len(self._owners) - 1

    def known(self, context: int, code: int) -> int:
        """Return the slot of a pair; 0 if unknown."""
        return int(self.slots(context, np.array([code], np.int32))[0])

    def slots(self, context: int, codes: NDArray[np.int32]) -> NDArray[np.intp]:
        """Return the slots of one context with many codes; 0 if unknown."""
        slot_of = self._live.get(context)
        if slot_of is not None:
            get = slot_of.get
            return np.array([get(code, 0) for code in codes.tolist()], np.intp)
        low, high = self._base(context)
        if low == high:
            return np.zeros(len(codes), np.intp)
        positions = np.minimum(np.searchsorted(self._codes[low:high], codes), high - low - 1)
        return np.where(self._codes[low:high][positions] == codes, positions + low + 1, 0)

    def codes_and_slots(self, context: int) -> tuple[NDArray[np.int32], NDArray[np.intp]]:
        """Return all codes of a context, and their slots."""
        slot_of = self._live.get(context)
        if slot_of is not None:
            return np.array(list(slot_of), np.int32), np.array(list(slot_of.values()), np.intp)
        low, high = self._base(context)
        return self._codes[low:high], np.arange(low + 1, high + 1)

    def new(self) -> NDArray[np.intp]:
        """Return the used slots not from a snapshot."""
        return np.flatnonzero(np.array(self._owners) >= 0) + self.n_base

    def drop(self, slots: NDArray[np.intp]) -> None:
        """Forget pairs not from a snapshot; their slots are reused."""
        for slot in slots.tolist():
            context = self._owners[slot - self.n_base]
            slot_of = self._live[context]
            del slot_of[self._owned[slot - self.n_base]]
            self._owners[slot - self.n_base] = -1
            self._free.append(slot)
            if not slot_of and self._base(context) == (0, 0):
                del self._live[context]

    def has_any(self, context: int) -> bool:
        slot_of = self._live.get(context)
        low, high = self._base(context)
        return bool(slot_of) if slot_of is not None else low < high


# Basic data of visitors, declared or sent by clients: the newest value of each field.


_NOTHING = VisitorBasics()


class Profiles:
    """Basics by visitor. Filled by events of the type ``profile``, in the order of the log."""

    def __init__(self) -> None:
        self._known: dict[str, VisitorBasics] = {}
        self._ahead_us: dict[str, int] = {}  # visitor → when what was remembered was received

    def __len__(self) -> int:
        return len(self._known)

    @classmethod
    def of_rows(cls, rows: pa.Table) -> Profiles:
        """Build from ``profile`` events as rows, oldest first. Rows of older shops may lack columns."""
        profiles = cls()
        for row in rows.to_pylist():
            profiles._update(row["visitor_id"], basics_of(row))
        return profiles

    def knows(self, visitor_id: str) -> bool:
        """Return whether a visitor has basics."""
        return visitor_id in self._known

    def apply(self, event: Event) -> None:
        """Apply a ``profile`` event; others are ignored. One from before what was remembered fills only what that left open."""
        if event.event_type is not EventType.PROFILE:
            return
        visitor_id, basics = (
            event.visitor_id,
            basics_of({n: getattr(event, n) for n in BASICS_FIELDS}),
        )
        if event.received_at_us < self._ahead_us.get(visitor_id, 0):
            self._known[visitor_id] = self.of(visitor_id).over(basics)
        else:
            self._ahead_us.pop(visitor_id, None)
            self._update(visitor_id, basics)

    def remember(self, visitor_id: str, basics: VisitorBasics, at_us: int) -> None:
        """Apply basics received at ``at_us`` before their event comes by the log."""
        self._ahead_us[visitor_id] = at_us
        self._update(visitor_id, basics)

    def _update(self, visitor_id: str, basics: VisitorBasics) -> None:
        self._known[visitor_id] = basics.over(self.of(visitor_id))

    def forget(self, visitor_id: str) -> None:
        """Delete a visitor's basics."""
        self._known.pop(visitor_id, None)
        self._ahead_us.pop(visitor_id, None)

    def of(self, visitor_id: str) -> VisitorBasics:
        """Return a visitor's basics, mostly empty."""
        return self._known.get(visitor_id, _NOTHING)


GROUPS: Final = ("brand", "category")
"""Parts of an entity shared by products."""
_MAX_WAITING = 100_000


class ProductTable:
    """Rows count from 1; row 0 is an unknown product.

    Events of a product not in the catalogue yet wait here, and count for its brand and category later.
    """

    def __init__(self) -> None:
        self.ids: list[str] = [""]
        self._rows: dict[str, int] = {}
        self._names = {group: TextVocabulary() for group in GROUPS}
        self._codes = {group: np.zeros(64, np.int32) for group in GROUPS}
        self._in_catalogue: set[int] = set()
        self._waiting: dict[int, list[Event]] = {}
        self._n_waiting = 0

    @classmethod
    def from_rows(
        cls, products: Sequence[Mapping[str, Any]], group_names: Mapping[str, Sequence[str]]
    ) -> ProductTable:
        """Build the table from a snapshot.

        Args:
            products: in the order of their rows: ``product_id, brand_name, category_name, in_catalogue``.
            group_names: names of each of :data:`GROUPS`, by code from 1.
        """
        table = cls()
        for group, names in group_names.items():
            for name in names:
                table._names[group].code(name)
        for product in products:
            row = table.row(product["product_id"])
            if product["in_catalogue"]:
                table.set_groups(row, {group: product[f"{group}_name"] for group in GROUPS})
        return table

    @property
    def n_unknown(self) -> int:
        """Number of products in events but not in the catalogue."""
        return len(self.ids) - 1 - len(self._in_catalogue)

    def row(self, product_id: str) -> int:
        """Return the row of a product, adding new ones."""
        row = self._rows.get(product_id)
        if row is None:
            row = self._rows[product_id] = len(self.ids)
            self.ids.append(product_id)
            for group, codes in self._codes.items():
                if row >= len(codes):
                    self._codes[group] = np.concatenate([codes, np.zeros(len(codes), np.int32)])
        return row

    def rows_of(self, product_ids: Sequence[str]) -> NDArray[np.int32]:
        """Return the row of each product; 0 if unknown."""
        get = self._rows.get
        return np.array([get(product_id, 0) for product_id in product_ids], np.int32)

    def set_groups(self, row: int, names: Mapping[str, str | None]) -> list[Event]:
        """Set a product's groups from the catalogue; return the events that waited for it."""
        for group, vocabulary in self._names.items():
            name = names[group]
            self._codes[group][row] = vocabulary.code(name) if name else 0
        self._in_catalogue.add(row)
        late = self._waiting.pop(row, [])
        self._n_waiting -= len(late)
        return late

    def grouped(self) -> list[tuple[str, dict[str, str | None]]]:
        """Yield every product of the catalogue with its group names."""
        names = {group: self._names[group].texts() for group in GROUPS}
        return [
            (self.ids[row], {g: names[g].get(int(self._codes[g][row])) for g in GROUPS})
            for row in sorted(self._in_catalogue)
        ]

    def codes(self, part: str | None, rows: NDArray[np.intp]) -> NDArray[Any]:
        """Return each row's code of an entity's part: product, brand or category."""
        return self._codes[part][rows] if part in self._codes else rows

    def code(self, part: str | None, row: int) -> int:
        """Return one row's code of an entity's part; 0: no such part."""
        if part in self._codes:
            return int(self._codes[part][row])
        return row if part == "product" else 0

    def wait(self, row: int, event: Event) -> None:
        """Keep an event of a product not in the catalogue yet."""
        if row and row not in self._in_catalogue and self._n_waiting < _MAX_WAITING:
            self._waiting.setdefault(row, []).append(event)
            self._n_waiting += 1


# Visitors and queries as small integers, so that counters can be arrays.


class TextVocabulary:
    """Texts as small integers, from 1; 0 is unknown. Codes of dropped texts are reused."""

    def __init__(self, texts: Sequence[str] = ()) -> None:
        """``texts`` get the codes 1, 2, … and are never dropped."""
        self._code = {text: i for i, text in enumerate(texts, start=1)}
        self._new: dict[int, str] = {}
        self._free: list[int] = []

    def __len__(self) -> int:
        return len(self._code)

    def get(self, text: str) -> int:
        return self._code.get(text, 0)

    def code(self, text: str) -> int:
        code = self._code.get(text)
        if code is None:
            code = self._free.pop() if self._free else len(self._code) + 1
            self._code[text] = code
            self._new[code] = text
        return code

    @property
    def n_new(self) -> int:
        """Number of codes given since."""
        return len(self._new)

    def texts(self) -> dict[int, str]:
        """Every text by its code."""
        return {code: text for text, code in self._code.items()}

    def new(self) -> NDArray[np.intp]:
        """Return codes given since."""
        return np.fromiter(self._new, np.intp, len(self._new))

    def rename(self, text: str, new_text: str) -> None:
        """Give the code of ``text`` another text; an unknown text changes nothing."""
        code = self._code.pop(text, None)
        if code is not None:
            self._code[new_text] = code
            if code in self._new:
                self._new[code] = new_text

    def drop(self, codes: Iterable[int]) -> None:
        for code in codes:
            del self._code[self._new.pop(code)]
            self._free.append(code)
