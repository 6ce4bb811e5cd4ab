"""Rows that faults are put into, with the truth of what was put where."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

Row = dict[str, Any]
Table = Literal["events", "products"]
DEPENDENT_CHECKS = (
    "purchase_before_view",
    "cancel_without_purchase",
    "cancel_of_earlier_purchase",
    "cancel_of_more_than_bought",
)
"""Checks that miss the rest of a visitor's events where some are lost."""


@dataclass(eq=False)
class Dataset:
    """Clean rows, as :func:`baihuo.core.tables.events_to_table` and its like take them, and the faults in them.

    Rows are dictionaries of one table's columns (without ``import_id`` and ``line``). A row is identified by
    the object, not by its values, so a fault may change any cell. ``truth`` is a list of (table, row, check).
    """

    events: list[Row]
    products: list[Row]
    rng: random.Random
    truth: list[tuple[Table, Row, str]] = field(default_factory=list)
    excused: list[tuple[Table, Row, str]] = field(default_factory=list)
    depends: list[tuple[Row, str, list[Row]]] = field(default_factory=list)
    cells: dict[int, set[str]] = field(default_factory=dict)  # id of a row → cells with a fault
    gaps: list[tuple[Row, str, int, int]] = field(default_factory=list)
    _n: int = 0
    _used: set[int] = field(default_factory=set)
    _removed: list[Row] = field(default_factory=list)
    _gaps: list[tuple[int, int, Callable[[Row], bool], set[int]]] = field(default_factory=list)

    def label(
        self,
        table: Table,
        row: Row,
        check: str,
        *,
        also: Iterable[str] = (),
        on: Iterable[Row] = (),
        cells: Iterable[str] | None = None,
    ) -> None:
        """``row`` has a fault now, and ``check`` should find it.

        Args:
            also: checks that may find the row, too: they are right, but it is not required of them.
            on: rows without which the fault cannot be seen.
            cells: those with a fault; a second fault may go into others. None: into none of the row.
        """
        self.truth.append((table, row, check))
        self.depends += [(row, check, list(on))] if on else []
        self.cells.setdefault(id(row), set()).update(("*",) if cells is None else cells)
        self.reserve(row)
        self.excused += [(table, row, other) for other in also]

    def excuse(self, table: Table, row: Row, *checks: str) -> None:
        """A row that a fault affects: ``checks`` are not wrong where they find it, nor required to."""
        self.excused += [(table, row, check) for check in checks]

    def reserve(self, row: Row) -> None:
        """A row that a fault depends on: faults that need a clean row leave it alone."""
        self._used.add(id(row))

    def is_used(self, row: Row) -> bool:
        """Whether the row has a fault, or a fault depends on it."""
        return id(row) in self._used

    def is_clean(self, row: Row) -> bool:
        """Whether the row has no fault, and none depends on it."""
        return id(row) not in self._used

    def pick(
        self, table: Table, n: int, when: Callable[[Row], bool] = lambda row: True
    ) -> list[Row]:
        """``n`` different rows of those that fit, or as many as there are."""
        fitting = [row for row in getattr(self, table) if when(row)]
        return self.rng.sample(fitting, min(n, len(fitting)))

    def add(self, table: Table, row: Row) -> Row:
        """One more row; files are put in the order of ``received_at_us`` (events) afterwards."""
        getattr(self, table).append(row)
        return row

    def remove(self, rows: Iterable[Row]) -> None:
        """Take events away, with their labels."""
        gone = {id(row): row for row in rows}
        self._removed += gone.values()  # kept, or a new row may get the id of one of them
        self.events[:] = [row for row in self.events if id(row) not in gone]
        for labels in (self.truth, self.excused):
            labels[:] = [label for label in labels if id(label[1]) not in gone]

    def add_gap(
        self, before: Row, check: str, from_us: int, until_us: int, fits: Callable[[Row], bool]
    ) -> None:
        """No row that fits lies between the two times; :meth:`finish` removes what other faults add there.

        A gap has no row of its own: ``check`` is labelled on ``before``, and right if it points
        anywhere into the gap.
        """
        self.label("events", before, check)
        self.gaps.append((before, check, from_us, until_us))
        self._gaps.append((from_us, until_us, fits, {id(row) for row in self.events}))

    def is_near_gap(self, row: Row, at_us: int, within_us: int) -> bool:
        """Whether a time lies in a gap that rows like this one (of any platform) fell into, or within so many
        microseconds after it."""
        near = [f for from_us, end_us, f, _ in self._gaps if from_us <= at_us < end_us + within_us]
        platforms = {r["platform"] for r in self.events} if near else set()
        return any(fits({**row, "platform": name}) for fits in near for name in platforms)

    def finish(self) -> None:
        """After the last fault: gaps are empty, and no label depends on a row that is gone."""
        gone = {
            id(row): row
            for row in self.events
            for from_us, until_us, fits, known in self._gaps
            if id(row) not in known
            and fits(row)
            and (from_us < row["received_at_us"] < until_us or _is_soon(row, from_us, until_us))
        }
        self.remove(gone.values())
        alone = {
            (id(row), check)
            for row, check, others in self.depends
            if any(id(other) in gone for other in others)
        }
        self.excused += [label for label in self.truth if (id(label[1]), label[2]) in alone]
        self.truth[:] = [label for label in self.truth if (id(label[1]), label[2]) not in alone]
        visitors = {row["visitor_id"] for row in gone.values()}
        for row in self.events:
            if row["visitor_id"] in visitors and row["event_type"] in ("purchase", "cancel"):
                self.excuse("events", row, *DEPENDENT_CHECKS)

    def new_id(self, prefix: str = "fault") -> str:
        """An id that no other row has."""
        self._n += 1
        return f"{prefix}-{self._n:06d}"


def _is_soon(row: Row, from_us: int, until_us: int) -> bool:
    """Whether it happened in the gap by a clock that is about right."""
    at_us = row["occurred_at_us"]
    return from_us < at_us < until_us and 0 <= row["received_at_us"] - at_us < 3_600_000_000
