"""Rows that faults are put into, with the truth of what was put where; and what a fault is."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, TypeVar

Row = dict[str, Any]
T = TypeVar("T")
Table = Literal["events", "products"]
SECOND_US, MINUTE_US, HOUR_US, DAY_US = 1_000_000, 60_000_000, 3_600_000_000, 86_400_000_000
OFF_PAGE: Row = dict.fromkeys(("query_id", "surface", "position", "propensity"))
"""Cells of an event that did not happen on a page."""
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
            on: rows without which the fault cannot be seen; ``row`` may be among them.
            cells: those with a fault; a second fault may go into others. None: into none of the row.
        """
        self.truth.append((_table(row), row, check))
        self.depends += [(row, check, list(on))] if on else []
        self.cells.setdefault(id(row), set()).update(("*",) if cells is None else cells)
        self.reserve(row)
        self.excuse(row, *also)

    def excuse(self, row: Row, *checks: str) -> None:
        """A row that a fault affects: ``checks`` are not wrong where they find it, nor required to."""
        self.excused += [(_table(row), row, check) for check in checks]

    def reserve(self, *rows: Row) -> None:
        """Rows that a fault depends on: faults that need a clean row leave them alone."""
        self._used.update(map(id, rows))

    def is_clean(self, row: Row) -> bool:
        """Whether the row has no fault, and none depends on it."""
        return id(row) not in self._used

    def clean(
        self, table: Table, *types: str, when: Callable[[Row], Any] = lambda row: True
    ) -> list[Row]:
        """Clean rows of a table that fit; of events only these types, where any is named."""
        return [
            row
            for row in getattr(self, table)
            if self.is_clean(row) and (not types or row["event_type"] in types) and when(row)
        ]

    def some(self, rows: Sequence[T], n: int) -> list[T]:
        """``n`` of the rows, or as many as there are."""
        return self.rng.sample(rows, min(n, len(rows)))

    def pick(
        self, table: Table, n: int, *types: str, when: Callable[[Row], Any] = lambda row: True
    ) -> list[Row]:
        """``n`` of the rows that :meth:`clean` gives, or as many as there are."""
        return self.some(self.clean(table, *types, when=when), n)

    def add(self, row: Row) -> Row:
        """One more row; files are put in the order of ``received_at_us`` (events) afterwards."""
        getattr(self, _table(row)).append(row)
        return row

    def copy(self, like: Row, prefix: str, later_us: int = 0, **cells: Any) -> Row:
        """Add an event like another, so much later, with an id of its own and other ``cells``."""
        times = {k: like[k] + later_us for k in ("occurred_at_us", "received_at_us")}
        return self.add({**like, **times, "event_id": self.new_id(prefix), **cells})

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
        self.label(before, check)
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
                self.excuse(row, *DEPENDENT_CHECKS)

    def new_id(self, prefix: str = "fault") -> str:
        """An id that no other row has."""
        self._n += 1
        return f"{prefix}-{self._n:06d}"


def _is_soon(row: Row, from_us: int, until_us: int) -> bool:
    """Whether it happened in the gap by a clock that is about right."""
    at_us = row["occurred_at_us"]
    return from_us < at_us < until_us and 0 <= row["received_at_us"] - at_us < 3_600_000_000


def _table(row: Row) -> Table:
    return "events" if "event_type" in row else "products"


Apply: TypeAlias = Callable[[Dataset, int], None]


@dataclass(frozen=True, slots=True)
class Fault:
    """One way in which rows go wrong. It shares no code with the checks that look for it.

    ``apply(dataset, n)`` puts the fault into about ``n`` rows (or ``n`` groups, where it comes in groups).
    """

    name: str
    checks: tuple[str, ...]  # that should find it
    is_certain: bool  # whether a rule can be sure: 0.99 precision and recall are required, else 0.9
    apply: Apply
    needs: str  # the rows it can go into; completes "there are none (or too few) of …"
    is_second: bool = False  # it goes into rows that have another fault already


class Faults(list[Fault]):
    """The faults of an area, in the order in which they are applied."""

    def add(
        self, name: str, *checks: str, needs: str, is_certain: bool = True
    ) -> Callable[[Apply], Apply]:
        """Register a function as a fault; the arguments are the fields of :class:`Fault`."""

        def register(apply: Apply) -> Apply:
            self.append(Fault(name, checks, is_certain, apply, needs))
            return apply

        return register
