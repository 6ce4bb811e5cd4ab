"""The register of erasures: requests, and what was removed where, in one SQLite file. A request is on disk before it is acknowledged. The
visitor's id is stored until ``baihuo forget`` has run; then only a keyed hash, by which the visitor finds the receipt.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
import sqlite3
import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from baihuo.core import open_read_only, open_sqlite, transaction

# Find visitors' data in files without a visitor column.


_ID_COLUMNS = ("visitor_id", "query_id", "order_id", "session_id", "event_id", "rater")
_TEXT_COLUMNS = ("query_text", "text", "query")


@dataclass(frozen=True)
class Traces:
    """Visitors to erase, with the ids and texts that only their rows have."""

    visitor_ids: frozenset[str]
    ids: frozenset[str] = field(
        default_factory=frozenset
    )  # of their queries, orders, sessions and events
    texts: frozenset[str] = field(default_factory=frozenset)  # texts that only they typed

    def rows_of(self, table: pa.Table) -> pa.ChunkedArray:
        """Return which rows of a table are theirs, by its columns of ids and typed words."""
        found = pa.chunked_array([pa.repeat(False, table.num_rows)])
        every_id = pa.array(sorted(self.visitor_ids | self.ids), pa.string())
        texts = pa.array(sorted(self.texts), pa.string())
        for names, values in ((_ID_COLUMNS, every_id), (_TEXT_COLUMNS, texts)):
            for name in names:
                if name in table.column_names and _is_text(table.schema.field(name).type):
                    column = table[name].cast(pa.string())
                    found = pc.or_(found, pc.is_in(column, value_set=values))
        return found

    def is_in(self, text: str) -> bool:
        """Return whether any text (a refused row, a line of JSON) has one of their ids or typed texts. An id counts as a whole: v-1 is not
        in v-12.
        """
        ids, odd, texts = self._forms
        if any(form in text for form in texts):
            return True
        for word in _WORD.findall(text):
            if word in ids or word.strip(_ENDS) in ids:
                return True
        return any(form in text for form in odd)

    @cached_property
    def _forms(self) -> tuple[frozenset[str], tuple[str, ...], tuple[str, ...]]:
        """Ids that are one word, the other ids, and the texts, each also as JSON in ASCII writes it."""
        every = self.visitor_ids | self.ids
        words = frozenset(i for i in every if _WORD.fullmatch(i) and i == i.strip(_ENDS))
        escaped = tuple(json.dumps(word)[1:-1] for word in words if not word.isascii())
        return words, (*_written(every - words), *escaped), _written(self.texts)


_WORD = re.compile(r"[^\s\"',;|()\[\]{}<>=&?\\]+")
_ENDS = ".:!"


def _written(texts: frozenset[str]) -> tuple[str, ...]:
    return tuple({form for text in texts for form in (text, json.dumps(text)[1:-1]) if form})


def _is_text(kind: pa.DataType) -> bool:
    value = kind.value_type if pa.types.is_dictionary(kind) else kind
    return pa.types.is_string(value) or pa.types.is_large_string(value)


Kind = Literal["erasure", "retention"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS receipts (
    seq INTEGER PRIMARY KEY, receipt_id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
    visitor_hash TEXT NOT NULL, visitor_id TEXT, after_seq INTEGER NOT NULL,
    requested_at_us INTEGER NOT NULL, erased_at_us INTEGER, completed_at_us INTEGER, retrain_by_us INTEGER,
    runs TEXT, named_in TEXT NOT NULL DEFAULT '[]', backups TEXT NOT NULL DEFAULT '[]'
);
CREATE INDEX IF NOT EXISTS receipts_by_visitor ON receipts (visitor_hash, seq);
CREATE TABLE IF NOT EXISTS screened (import_id INTEGER NOT NULL, at_us INTEGER NOT NULL, PRIMARY KEY (import_id, at_us));
CREATE TABLE IF NOT EXISTS rewritten (place TEXT PRIMARY KEY, mark TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS removed (
    receipt_id TEXT NOT NULL, place TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (receipt_id, place)
) WITHOUT ROWID;
"""
_COLUMNS = (
    "seq, receipt_id, kind, visitor_hash, visitor_id, after_seq, requested_at_us, erased_at_us, "
    "completed_at_us, retrain_by_us, runs, named_in, backups"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """An erasure request (or run of retention), and its state. All times are our clock, UTC."""

    seq: int
    receipt_id: str
    kind: Kind
    visitor_hash: str  # keyed; empty for retention
    visitor_id: str | None  # None as soon as it is erased
    after_seq: int  # the newest event of the live log at the request: later ones stay
    requested_at_us: int
    erased_at_us: int | None  # removed from every file
    completed_at_us: int | None  # and no serving bundle was trained on it
    retrain_by_us: int | None
    runs: tuple[str, ...] | None  # check runs whose tables had the visitor; None: not looked up yet
    named_in: tuple[str, ...]  # bundles whose reports name the visitor or text that only they typed
    backups: tuple[str, ...]  # made before: they contain the visitor until deleted
    removed: dict[str, int] = field(default_factory=dict)  # file or store → rows

    @property
    def n_removed(self) -> int:
        """Total of removed rows."""
        return sum(self.removed.values())


class Erasures:
    """The register of a shop; several processes may use it."""

    def __init__(self, path: Path, key: bytes) -> None:
        """``key``: of the hashes of visitor ids."""
        self._path, self._key = path, key
        _make_private(path)
        self._db = open_sqlite(path, _SCHEMA, version=1, durability="FULL")
        self._db.execute("PRAGMA secure_delete = ON")
        self._lock = threading.Lock()

    def request(self, visitor_id: str, *, at_us: int, after_seq: int) -> Receipt:
        """Record an erasure request; on disk when it returns. If an earlier request of the visitor waits, only its receipt is returned.

        Raises:
            ShopError: it could not be written, and is not acknowledged.
        """
        with self._lock, transaction(self._db, self._path):
            waiting = self._select("visitor_id = ? AND erased_at_us IS NULL", (visitor_id,))
            if waiting:
                return waiting[0]
            visitor_hash = self.hash_of(visitor_id)
            return self._insert("erasure", visitor_hash, visitor_id, after_seq, at_us)

    def begin_retention(self, *, at_us: int) -> Receipt:
        """Begin a receipt for expired rows, or continue that of a killed run."""
        with self._lock, transaction(self._db, self._path):
            begun = self._select("kind = 'retention' AND erased_at_us IS NULL")
            return begun[0] if begun else self._insert("retention", "", None, 0, at_us)

    def end_retention(self, receipt_id: str, *, at_us: int) -> Receipt | None:
        """Finish a run of retention; return the receipt, or delete it and return None if no row had expired."""
        with self._lock, transaction(self._db, self._path):
            if not self._removed(receipt_id):
                self._db.execute("DELETE FROM receipts WHERE receipt_id = ?", (receipt_id,))
                return None
            self._db.execute(
                "UPDATE receipts SET erased_at_us = ?, completed_at_us = ? WHERE receipt_id = ?",
                (at_us, at_us, receipt_id),
            )
            return self._select("receipt_id = ?", (receipt_id,))[0]

    def pending(self, *, after: int = 0) -> list[Receipt]:
        """Return pending requests, oldest first; ``after``: only those with a larger ``seq``."""
        with self._lock:
            return self._select("visitor_id IS NOT NULL AND seq > ?", (after,))

    def latest(self, visitor_id: str) -> Receipt | None:
        """Return the newest receipt of a visitor, if any."""
        with self._lock:
            found = self._select("visitor_hash = ?", (self.hash_of(visitor_id),))
        return found[-1] if found else None

    def receipts(self, *, newest: int | None = None) -> list[Receipt]:
        """All receipts, or the ``newest`` ones, oldest first."""
        with self._lock:
            if newest is None:
                return self._select("1")
            return self._select(
                "seq IN (SELECT seq FROM receipts ORDER BY seq DESC LIMIT ?)", (newest,)
            )

    def note(self, receipt_id: str, removed: dict[str, int]) -> None:
        """Record how many rows are about to be removed where. Noted first, so that a run killed in between counts them once: the next run
        finds the same rows, or none and leaves the count."""
        with self._lock, transaction(self._db, self._path):
            self._note(receipt_id, removed)

    def note_runs(self, receipt_id: str, runs: Sequence[str]) -> None:
        """Record the check runs with the visitor: bundles of these runs were trained on them."""
        with self._lock, transaction(self._db, self._path):
            text = json.dumps(sorted(runs))
            self._db.execute(
                "UPDATE receipts SET runs = ? WHERE receipt_id = ?", (text, receipt_id)
            )

    def note_named_in(self, receipt_ids: Iterable[str], bundle_id: str) -> None:
        """Record that a bundle's report names visitors."""
        with self._lock, transaction(self._db, self._path):
            for receipt_id in receipt_ids:
                known = self._select("receipt_id = ?", (receipt_id,))[0].named_in
                self._db.execute(
                    "UPDATE receipts SET named_in = ? WHERE receipt_id = ?",
                    (json.dumps(sorted({*known, bundle_id})), receipt_id),
                )

    def finish(
        self,
        receipt_ids: Sequence[str],
        *,
        at_us: int,
        retrain_by_us: int,
        backups: Sequence[str] = (),
    ) -> None:
        """Finish an erasure: remove the visitors' ids from the register, too."""
        with self._lock:
            with transaction(self._db, self._path):
                self._db.executemany(
                    "UPDATE receipts SET visitor_id = NULL, erased_at_us = ?, retrain_by_us = ?, backups = ? "
                    "WHERE receipt_id = ?",
                    [(at_us, retrain_by_us, json.dumps(list(backups)), i) for i in receipt_ids],
                )
            self._db.execute("VACUUM")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def complete(self, receipt_ids: Iterable[str], *, at_us: int) -> None:
        """Complete receipts: no serving bundle was trained on the visitors."""
        with self._lock, transaction(self._db, self._path):
            self._db.executemany(
                "UPDATE receipts SET completed_at_us = ? WHERE receipt_id = ?",
                [(at_us, i) for i in receipt_ids],
            )

    def removed_from(self, folder: str) -> list[tuple[Kind, str, int]]:
        """Return rows removed from a folder's files, by reason and file."""
        with self._lock:
            return self._db.execute(
                "SELECT kind, place, sum(n) FROM removed JOIN receipts USING (receipt_id) "
                "WHERE substr(place, 1, ?) = ? GROUP BY kind, place ORDER BY kind, place",
                (len(folder) + 1, f"{folder}/"),
            ).fetchall()

    def screened(self) -> set[tuple[int, int]]:
        """Return imports (number and time) already searched for erased visitors."""
        with self._lock:
            return set(self._db.execute("SELECT import_id, at_us FROM screened"))

    def note_screened(self, import_id: int, at_us: int) -> None:
        """Record a searched import."""
        with self._lock, transaction(self._db, self._path):
            self._db.execute("INSERT OR IGNORE INTO screened VALUES (?, ?)", (import_id, at_us))

    def note_rewritten(self, marks: Mapping[str, str]) -> None:
        """Record marks of files that lost rows, so that a check knows of no other change."""
        with self._lock, transaction(self._db, self._path):
            self._db.executemany(
                "INSERT OR REPLACE INTO rewritten VALUES (?, ?)", list(marks.items())
            )

    def rewritten(self) -> dict[str, str]:
        """Files that lost rows, as :meth:`note_rewritten` recorded them last."""
        with self._lock:
            return dict(self._db.execute("SELECT place, mark FROM rewritten").fetchall())

    def hash_of(self, visitor_id: str) -> str:
        """The keyed hash of a visitor id (HMAC-SHA256, 32 hex digits)."""
        text = f"baihuo.erasure\0{visitor_id}".encode()
        return hmac.new(self._key, text, hashlib.sha256).hexdigest()[:32]

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def _insert(
        self, kind: Kind, visitor_hash: str, visitor_id: str | None, after_seq: int, at_us: int
    ) -> Receipt:
        receipt_id = secrets.token_hex(12)
        self._db.execute(
            "INSERT INTO receipts (receipt_id, kind, visitor_hash, visitor_id, after_seq, requested_at_us) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (receipt_id, kind, visitor_hash, visitor_id, after_seq, at_us),
        )
        return self._select("receipt_id = ?", (receipt_id,))[0]

    def _note(self, receipt_id: str, removed: dict[str, int]) -> None:
        self._db.executemany(
            "INSERT OR REPLACE INTO removed VALUES (?, ?, ?)",
            [(receipt_id, place, n) for place, n in removed.items() if n],
        )

    def _select(self, condition: str, values: Sequence[object] = ()) -> list[Receipt]:
        rows = self._db.execute(
            f"SELECT {_COLUMNS} FROM receipts WHERE {condition} ORDER BY seq", values
        ).fetchall()
        return [_receipt(row, self._removed(row[1])) for row in rows]

    def _removed(self, receipt_id: str) -> dict[str, int]:
        return dict(
            self._db.execute(
                "SELECT place, n FROM removed WHERE receipt_id = ? ORDER BY place", (receipt_id,)
            ).fetchall()
        )


def _make_private(path: Path) -> None:
    """Create the file, private to its owner; SQLite gives its companion files the same permissions."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def read_receipts(path: Path) -> list[Receipt]:
    """Read all receipts of a register, oldest first, without writing a byte."""
    with open_read_only(path) as connection:
        if connection is None:
            return []
        rows = connection.execute(f"SELECT {_COLUMNS} FROM receipts ORDER BY seq").fetchall()
        return [_receipt(row, {}) for row in rows]


def _receipt(row: sqlite3.Row | tuple[object, ...], removed: dict[str, int]) -> Receipt:
    values = dict(zip(_COLUMNS.split(", "), row, strict=True))
    values["runs"] = None if values["runs"] is None else tuple(json.loads(values["runs"]))
    values["named_in"] = tuple(json.loads(values["named_in"]))
    values["backups"] = tuple(json.loads(values["backups"]))
    return Receipt(**values, removed=removed)
