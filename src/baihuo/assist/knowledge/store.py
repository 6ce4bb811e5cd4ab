"""The shop's knowledge in one SQLite file, readable by its owner alone. An import replaces what its source said before."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from baihuo.assist.knowledge.entries import KnowledgeEntry
from baihuo.assist.turns import Author, PassageKind
from baihuo.core import NotFound, open_sqlite, transaction

_VERSION = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS sources (
    source TEXT PRIMARY KEY, imported_at_us INTEGER NOT NULL, n_entries INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS entries (
    source_id TEXT PRIMARY KEY, source TEXT NOT NULL, at INTEGER NOT NULL, kind TEXT NOT NULL, language TEXT NOT NULL,
    question TEXT NOT NULL, answer TEXT NOT NULL, said_by TEXT NOT NULL, as_of_us INTEGER NOT NULL,
    product_id TEXT, category TEXT, context TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS entries_of_source ON entries (source, at);
CREATE TABLE IF NOT EXISTS unanswered (
    source TEXT, question TEXT, n INTEGER NOT NULL, PRIMARY KEY (source, question)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS edition (one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL);
INSERT OR IGNORE INTO edition VALUES (1, 0);
"""
_COLUMNS = (
    "source_id, kind, language, question, answer, said_by, as_of_us, product_id, category, context"
)


@dataclass(frozen=True, slots=True)
class Replaced:
    """What an import changed: entries of its source, by id."""

    n_new: int
    n_changed: int
    n_same: int
    n_removed: int


class KnowledgeStore:
    """Entries by source. ``edition`` rises with every change, so that an index knows when it is old."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
        self._database = open_sqlite(path, _SCHEMA, version=_VERSION, durability="FULL")
        path.chmod(0o600)

    def replace(
        self,
        source: str,
        entries: Iterable[KnowledgeEntry],
        *,
        now_us: int,
        unanswered: Iterable[str] = (),
    ) -> Replaced:
        """Put ``entries`` in the place of all that ``source`` said before; one id is kept once, the last one.

        ``unanswered`` are questions that nobody answered there, masked.

        All or nothing: a reader sees the old ones or the new ones.
        """
        new = {e.source_id: e for e in entries}
        with transaction(self._database, self._path) as database:
            old = {e.source_id: e for e in self._read("WHERE source = ?", (source,))}
            if old != new or list(old) != list(new):
                database.execute("DELETE FROM entries WHERE source = ?", (source,))
                database.executemany(
                    "INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    [_row(e, source, at) for at, e in enumerate(new.values())],
                )
                database.execute("UPDATE edition SET number = number + 1")
            database.execute("DELETE FROM unanswered WHERE source = ?", (source,))
            database.executemany(
                "INSERT INTO unanswered VALUES (?, ?, ?)",
                [(source, question, n) for question, n in Counter(unanswered).items()],
            )
            database.execute(
                "INSERT OR REPLACE INTO sources VALUES (?, ?, ?)", (source, now_us, len(new))
            )
        n_same = sum(old.get(i) == e for i, e in new.items())
        n_changed = sum(i in old for i in new) - n_same
        return Replaced(
            len(new) - n_same - n_changed, n_changed, n_same, sum(i not in new for i in old)
        )

    def remove(self, source: str) -> int:
        """Forget a source; how many entries it had.

        Raises:
            NotFound: there is no such source.
        """
        with transaction(self._database, self._path) as database:
            if not database.execute("SELECT 1 FROM sources WHERE source = ?", (source,)).fetchone():
                known = ", ".join(name for name, _, _ in self.sources()) or "none"
                raise NotFound(f"no source {source!r}", fix=f"give one of: {known}")
            n = database.execute("DELETE FROM entries WHERE source = ?", (source,)).rowcount
            database.execute("DELETE FROM unanswered WHERE source = ?", (source,))
            database.execute("DELETE FROM sources WHERE source = ?", (source,))
            database.execute("UPDATE edition SET number = number + 1")
        return int(n)

    def sources(self) -> list[tuple[str, int, int]]:
        """Name, when it was imported (microseconds, UTC) and number of entries of each source, by name."""
        return list(
            self._database.execute(
                "SELECT source, imported_at_us, n_entries FROM sources ORDER BY source"
            )
        )

    def entries(self, source: str | None = None) -> Iterator[KnowledgeEntry]:
        """All entries, or those of one source, in the order of their files."""
        if source is None:
            return self._read("", ())
        return self._read("WHERE source = ?", (source,))

    def unanswered(self) -> dict[str, int]:
        """Questions that nobody answered, with how often each was asked."""
        rows = self._database.execute(
            "SELECT question, sum(n) FROM unanswered GROUP BY question ORDER BY question"
        )
        return dict(rows.fetchall())

    @property
    def edition(self) -> int:
        """How many times it was changed."""
        return int(self._database.execute("SELECT number FROM edition").fetchone()[0])

    def __len__(self) -> int:
        return int(self._database.execute("SELECT count(*) FROM entries").fetchone()[0])

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _read(self, where: str, values: tuple[str, ...]) -> Iterator[KnowledgeEntry]:
        statement = f"SELECT {_COLUMNS} FROM entries {where} ORDER BY source, at"
        for row in self._database.execute(statement, values):
            yield _entry(row)


def _row(entry: KnowledgeEntry, source: str, at: int) -> tuple[object, ...]:
    return (
        entry.source_id,
        source,
        at,
        entry.kind.value,
        entry.language,
        entry.question,
        entry.answer,
        entry.said_by.value,
        entry.as_of_us,
        entry.product_id,
        entry.category,
        entry.context,
    )


def _entry(row: tuple) -> KnowledgeEntry:  # type: ignore[type-arg]
    return KnowledgeEntry(
        source_id=row[0],
        kind=PassageKind(row[1]),
        language=row[2],
        question=row[3],
        answer=row[4],
        said_by=Author(row[5]),
        as_of_us=row[6],
        product_id=row[7],
        category=row[8],
        context=row[9],
    )
