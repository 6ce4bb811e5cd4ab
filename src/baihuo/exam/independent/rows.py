"""Rows of the exam's shop, as a sender would write them, and the cases that were planted in them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

EVENTS, PRODUCTS = "events", "products"
Key = tuple[str, int]  # the table, and a number that a row keeps through all copies


@dataclass(slots=True)
class Row:
    """One line of a file: a dictionary, or the bytes that stand there instead."""

    key: Key
    values: dict[str, Any]
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
    is_real: bool = False  # rows of a real file: nobody knows that they are clean

    def copy(self) -> Shop:
        return Shop(
            [r.copy() for r in self.events],
            [r.copy() for r in self.products],
            dict(self.pictures),
            self.is_real,
        )

    def table(self, name: str) -> list[Row]:
        return self.events if name == EVENTS else self.products


ANY = "any value"  # as a clean value: no value in particular (an id that nobody sent)


@dataclass(frozen=True, slots=True)
class Both:
    """A dirty value and the clean one, where the clean one is not what stood there before."""

    dirty: Any
    clean: Any


@dataclass(slots=True)
class Case:
    """One planted fault: where it is, and what would be right.

    ``rows`` share the fault: it is found when any of them is. ``related`` are rows of which findings
    follow from the fault; they count neither way. A case without rows (a lost day) is found by a finding whose text
    holds one of ``marks``.
    """

    kind: str
    rows: tuple[Key, ...]
    field: str | None = None
    clean: Any = None
    secrets: tuple[str, ...] = ()  # must not stand in the kept cell
    fine: tuple[Any, ...] = ()  # other values that are no wrong repair (no stock, of minus nine)
    marks: tuple[str, ...] = ()
    related: tuple[Key, ...] = ()
