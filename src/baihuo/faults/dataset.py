"""Dirt put into rows that were clean, with the truth kept: the exam that checks are marked by.

A :class:`Plant` is one way to be dirty. It changes or adds rows of a :class:`Bed` and says of each
which check ought to find it. Plants share no code with the checks: an exam is not written by the
pupil.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

Row = dict[str, Any]
Table = Literal["events", "products"]
STANDS_ON = (
    "purchase_before_view",
    "cancel_without_purchase",
    "cancel_of_earlier_purchase",
    "cancel_of_more_than_bought",
)
"""Checks that miss the rest of a visitor's events where some are lost."""


@dataclass(eq=False)
class Bed:
    """Clean rows, as :func:`baihuo.core.tables.events_to_table` and its like take them, and what was
    planted in them.

    Rows are dictionaries of one table's columns (without ``import_id`` and ``line``); they are known
    by what they are, not by what is in them, so a plant may change any cell. ``truth`` is a list of
    (table, row, check).
    """

    events: list[Row]
    products: list[Row]
    rng: random.Random
    truth: list[tuple[Table, Row, str]] = field(default_factory=list)
    excused: list[tuple[Table, Row, str]] = field(default_factory=list)
    leans: list[tuple[Row, str, list[Row]]] = field(default_factory=list)
    cells: dict[int, set[str]] = field(default_factory=dict)  # id of a dirty row → its dirty cells
    silences: list[tuple[Row, str, int, int]] = field(default_factory=list)
    _n: int = 0
    _planted: set[int] = field(default_factory=set)
    _removed: list[Row] = field(default_factory=list)
    _silences: list[tuple[int, int, Callable[[Row], bool], set[int]]] = field(default_factory=list)

    def say(
        self,
        table: Table,
        row: Row,
        check: str,
        *,
        also: Iterable[str] = (),
        on: Iterable[Row] = (),
        cells: Iterable[str] | None = None,
    ) -> None:
        """``row`` is dirty now, and ``check`` should find it. Checks in ``also`` may find it too:
        they are right about the row, but nobody demands it. It can only be seen together with the
        rows ``on`` which it leans. ``cells`` are those that are dirty now: others of the row may be
        soiled as well; None: none may."""
        self.truth.append((table, row, check))
        self.leans += [(row, check, list(on))] if on else []
        self.cells.setdefault(id(row), set()).update(("*",) if cells is None else cells)
        self.touch(row)
        self.excused += [(table, row, other) for other in also]

    def excuse(self, table: Table, row: Row, *checks: str) -> None:
        """A row that was drawn in: ``checks`` are not wrong where they find it, nor asked to."""
        self.excused += [(table, row, check) for check in checks]

    def touch(self, row: Row) -> None:
        """A row that something planted leans on: plants that want a clean one leave it alone."""
        self._planted.add(id(row))

    def is_planted(self, row: Row) -> bool:
        """Whether something was planted in the row, or leans on it."""
        return id(row) in self._planted

    def is_clean(self, row: Row) -> bool:
        """Whether nothing was."""
        return id(row) not in self._planted

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
        """Take events away, with what was said of them."""
        gone = {id(row): row for row in rows}
        self._removed += gone.values()  # kept, or a new row may get the id of one of them
        self.events[:] = [row for row in self.events if id(row) not in gone]
        for said in (self.truth, self.excused):
            said[:] = [s for s in said if id(s[1]) not in gone]

    def silence(
        self, before: Row, check: str, from_us: int, until_us: int, fits: Callable[[Row], bool]
    ) -> None:
        """Nothing that fits came between: what other plants put there goes as well, see :meth:`settle`.
        A silence has no row of its own: ``check`` is asked about ``before``, and right if it points
        anywhere in it."""
        self.say("events", before, check)
        self.silences.append((before, check, from_us, until_us))
        self._silences.append((from_us, until_us, fits, {id(row) for row in self.events}))

    def settle(self) -> None:
        """After the last plant: silences are silent, and nobody is asked about a row that leaned on
        one that is gone."""
        gone = {
            id(row): row
            for row in self.events
            for from_us, until_us, fits, known in self._silences
            if id(row) not in known
            and fits(row)
            and (from_us < row["received_at_us"] < until_us or _is_soon(row, from_us, until_us))
        }
        self.remove(gone.values())
        alone = {
            (id(row), check)
            for row, check, others in self.leans
            if any(id(o) in gone for o in others)
        }
        self.excused += [said for said in self.truth if (id(said[1]), said[2]) in alone]
        self.truth[:] = [said for said in self.truth if (id(said[1]), said[2]) not in alone]
        visitors = {row["visitor_id"] for row in gone.values()}
        for row in self.events:
            if row["visitor_id"] in visitors and row["event_type"] in ("purchase", "cancel"):
                self.excuse("events", row, *STANDS_ON)

    def new_id(self, prefix: str = "planted") -> str:
        """An id nothing else has."""
        self._n += 1
        return f"{prefix}-{self._n:06d}"


def _is_soon(row: Row, from_us: int, until_us: int) -> bool:
    """Whether it happened in the silence by a clock that is about right."""
    at_us = row["occurred_at_us"]
    return from_us < at_us < until_us and 0 <= row["received_at_us"] - at_us < 3_600_000_000


@dataclass(frozen=True, slots=True)
class Plant:
    """One way to be dirty.

    ``sow(bed, n)`` soils about ``n`` rows (or ``n`` groups, where dirt comes in groups).
    """

    name: str
    checks: tuple[str, ...]  # that it is an exam for
    is_certain: (
        bool  # a rule that cannot be wrong: precision and recall of 0.99 are asked, else 0.9
    )
    sow: Callable[[Bed, int], None]
