"""The log of judgements: grades of products for queries, appended and never changed."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from baihuo.core import Conflict, open_sqlite, readable_rows, transaction
from baihuo.engine import sql_file

JUDGEMENTS = pa.schema(
    [
        pa.field("query_text", pa.string(), nullable=False),
        pa.field("product_id", pa.string(), nullable=False),
        pa.field("rater", pa.string(), nullable=False),
        pa.field("grade", pa.int64()),  # null: the rater could not say
        pa.field("at_us", pa.int64(), nullable=False),
    ]
)
# A changed grade is a new row; the newest of a rater and pair counts, older ones remain.
_SCHEMA = sql_file(__file__, "judgements")
_NEWEST = """
    SELECT query_text, product_id, rater, grade, at_us FROM judgements
    WHERE query_text = ? AND product_id = ? AND rater = ? ORDER BY seq DESC LIMIT 1"""
_INSERT = (
    "INSERT INTO judgements (query_text, product_id, rater, grade, at_us) VALUES (?, ?, ?, ?, ?)"
)


@dataclass(frozen=True, slots=True)
class Judgement:
    """One person's grade of one product for one query; 0 is irrelevant, higher is better."""

    query_text: str
    product_id: str
    rater: str
    grade: int | None  # None: the rater could not decide; the pair is not shown to them again
    at_us: int  # our clock, UTC


@dataclass(frozen=True, slots=True)
class RecordResult:
    """Counts of one call: new + known + changed + contradicted are all of its judgements."""

    n_new: int
    n_known: int  # the same grade by the same rater exists: not written again
    n_changed: int  # the rater gave another grade before
    contradicted: tuple[tuple[int, Judgement], ...]  # index in the call, and the earlier judgement


class JudgementLog:
    """The judgements of a shop in one SQLite file; several processes may write to it."""

    def __init__(self, path: Path, masked: Callable[[str], str] = lambda text: text) -> None:
        """
        Args:
            masked: Masks personal data in a query, as clean events do.
        """
        self._path, self.masked = path, masked
        self._db = open_sqlite(path, _SCHEMA(), version=1, durability="FULL")
        self._lock = threading.Lock()

    def append(self, judgements: Sequence[Judgement], *, is_change: bool = False) -> RecordResult:
        """Append judgements, all or none; they are on disk when this returns.

        Appending them again changes nothing, so a client may retry. With ``is_change`` a grade may
        differ from the earlier one of the rater: the newest counts.

        Raises:
            Conflict: a grade differs from an earlier one of the rater, without ``is_change``.
        """
        recorded = self._append(judgements, is_change, all_or_none=True)
        if recorded.contradicted:
            index, earlier = recorded.contradicted[0]
            more = len(recorded.contradicted) - 1
            raise Conflict(
                f"{earlier.rater} graded {earlier.product_id!r} for {earlier.query_text!r} as "
                f"{_grade_text(earlier.grade)} before, and now as {_grade_text(judgements[index].grade)}"
                + (f"; the same for {more} more" if more else ""),
                fix="leave it out, or mark it as a change: the newest grade counts",
            )
        return recorded

    def append_each(
        self, judgements: Sequence[Judgement], *, is_change: bool = False
    ) -> RecordResult:
        """Append as :meth:`append` does, but leave out and return grades that contradict earlier ones."""
        return self._append(judgements, is_change, all_or_none=False)

    def ask(self, pairs: Iterable[tuple[str, str]], rater: str, at_us: int) -> None:
        """Record that a rater is judging these pairs, so that others get different ones."""
        with self._lock, transaction(self._db, self._path) as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO asked (query_text, product_id, rater, at_us) VALUES (?, ?, ?, ?)",
                [(self.masked(q), p, rater, at_us) for q, p in pairs],
            )

    def asked_since(self, at_us: int) -> set[tuple[str, str, str]]:
        """Return (query_text, product_id, rater) of each pair assigned since then, judged or not."""
        with self._lock:
            return set(
                self._db.execute(
                    "SELECT query_text, product_id, rater FROM asked WHERE at_us >= ?", (at_us,)
                )
            )

    def table(self, *, with_earlier: bool = False) -> pa.Table:
        """Return the current judgements as :data:`JUDGEMENTS`, in order of arrival; ``with_earlier`` adds grades their rater changed later."""
        counts = (
            ""
            if with_earlier
            else "WHERE seq IN (SELECT max(seq) FROM judgements GROUP BY query_text, product_id, rater)"
        )
        with self._lock:
            rows = self._db.execute(
                f"SELECT query_text, product_id, rater, grade, at_us FROM judgements {counts} ORDER BY seq"
            ).fetchall()
        columns = {f.name: [row[i] for row in rows] for i, f in enumerate(JUDGEMENTS)}
        with readable_rows(self._path):
            return pa.table(columns, schema=JUDGEMENTS)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def _append(
        self, judgements: Sequence[Judgement], is_change: bool, *, all_or_none: bool
    ) -> RecordResult:
        judgements = [replace(j, query_text=self.masked(j.query_text)) for j in judgements]
        with self._lock, transaction(self._db, self._path) as connection:
            recorded = _insert(connection, judgements, is_change)
            if all_or_none and recorded.contradicted:
                connection.execute("ROLLBACK")
        return recorded


def _insert(
    db: sqlite3.Connection, judgements: Sequence[Judgement], is_change: bool
) -> RecordResult:
    n_new = n_known = n_changed = 0
    contradicted: list[tuple[int, Judgement]] = []
    for index, j in enumerate(judgements):
        found = db.execute(_NEWEST, (j.query_text, j.product_id, j.rater)).fetchone()
        before = None if found is None else Judgement(*found)
        if before is not None and before.grade == j.grade:
            n_known += 1
        elif before is not None and not is_change:
            contradicted.append((index, before))
        else:
            db.execute(_INSERT, (j.query_text, j.product_id, j.rater, j.grade, j.at_us))
            n_new, n_changed = n_new + (before is None), n_changed + (before is not None)
    return RecordResult(n_new, n_known, n_changed, tuple(contradicted))


def _grade_text(grade: int | None) -> str:
    return "undecided" if grade is None else str(grade)
