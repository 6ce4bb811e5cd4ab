"""Which rows a fault can go into, with the words for a person whose data has none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from baihuo.faults.dataset import Row


@dataclass(frozen=True, slots=True)
class Selection:
    """Rows that fit, and their name in plain words."""

    name: str
    fits: Callable[[Row], bool]


def is_type(*types: str) -> Callable[[Row], bool]:
    """Whether an event is of one of the types."""
    return lambda row: row["event_type"] in types


def of_type(*types: str) -> Selection:
    """Events of these types."""
    return Selection(f"events of type {' or '.join(types)}", is_type(*types))


def having(field: str) -> Selection:
    """Rows where the cell is not null."""
    return Selection(f"rows with {field}", lambda row: row.get(field) is not None)


def filled(field: str) -> Selection:
    """Rows where the cell is neither null nor empty."""
    return Selection(f"rows with {field}", lambda row: row.get(field) not in (None, "", []))


EVENTS = Selection("events", lambda row: True)
PRODUCTS = Selection("products", lambda row: True)
