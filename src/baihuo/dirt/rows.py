"""Rows of a shop's files as a sender wrote them, and the cases that were planted in them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

EVENTS, PRODUCTS = "events", "products"
SECOND, HOUR, DAY = 1_000_000, 3_600_000_000, 86_400_000_000  # microseconds
Key = tuple[str, int]  # the table, and a number that a row keeps through all copies
Values = dict[str, Any]
ANY = "any value"  # as a clean value: no value in particular (an id that was never sent)


class NoRoom(Exception):
    """Other kinds took the rows that this one needs: it goes into another copy of the shop."""


@dataclass(slots=True)
class Row:
    """One line of a file: a dictionary, or the bytes that stand there instead."""

    key: Key
    values: Values
    raw: bytes | None = None

    def line(self) -> bytes:
        if self.raw is not None:
            return self.raw
        return json.dumps(self.values, ensure_ascii=False).encode("utf-8", "surrogatepass")

    def copy(self) -> Row:
        return Row(self.key, dict(self.values), self.raw)


@dataclass(slots=True)
class Shop:
    """Files that a shop sends: events by the time received, products, and pictures by name."""

    events: list[Row]
    products: list[Row]
    pictures: dict[str, bytes] = field(default_factory=dict)
    is_real: bool = False  # rows of a real file: they may be dirty

    def copy(self) -> Shop:
        events, products = ([r.copy() for r in rows] for rows in (self.events, self.products))
        return Shop(events, products, dict(self.pictures), self.is_real)

    def table(self, name: str) -> list[Row]:
        return self.events if name == EVENTS else self.products


@dataclass(slots=True)
class Case:
    """One planted fault: where it is, and what would be right.

    ``rows`` share the fault: it is found when any of them is. ``related`` are rows of which findings
    follow from the fault; they count neither way. A case without rows (a lost day) is found by a finding whose
    ``from`` and ``until`` overlap ``span_us``.
    """

    kind: str
    rows: tuple[Key, ...]
    field: str | None = None
    clean: Any = None
    secrets: tuple[str, ...] = ()  # must not stand in the kept cell
    fine: tuple[Any, ...] = ()  # other values that are no wrong repair (no stock, of minus nine)
    span_us: tuple[int, int] | None = None  # what is lost, from and until
    related: tuple[Key, ...] = ()


def read(values: Values, path: str) -> Any:
    """The cell at a path (``attributes.Colour``, ``codes.0``, ``category.-1``); None where there is none."""
    held: Any = values
    while path:
        if isinstance(held, dict):
            if path in held:
                return held[path]
            part, _, path = path.partition(".")
            held = held.get(part)
        elif isinstance(held, list):
            part, _, path = path.partition(".")
            n = int(part)
            held = held[n] if -len(held) <= n < len(held) else None
        else:
            return None
    return held


def write(values: Values, path: str, new: Any) -> None:
    """Put a value at a path. Nested lists and objects are copied first: other rows may share them."""
    part, _, rest = path.partition(".")
    if part == "attributes" or not rest:
        if not rest:
            _put(values, part, new)
            return
        held: Any = dict(values.get(part) or {})
        _put(held, rest, new)
    else:
        held = values[part].copy()
        if isinstance(held, list):
            n, _, below = rest.partition(".")
            inside = dict(held[int(n)]) if below else None
            if inside is not None:
                write(inside, below, new)
            held[int(n)] = new if inside is None else inside
        else:
            write(held, rest, new)
    values[part] = held


GONE = ...  # as a new value: no key at all


def _put(values: Values, name: str, new: Any) -> None:
    if new is GONE:
        values.pop(name, None)
    else:
        values[name] = new
