"""Copies of files and of SQLite databases, with the hash of what was written."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from baihuo.core import BrokenFile

_BLOCK = 4 << 20
_SQLITE = b"SQLite format 3\0"


def is_sqlite(path: Path) -> bool:
    """Return whether a file is an SQLite database; an empty file is not."""
    with path.open("rb") as file:
        return file.read(len(_SQLITE)) == _SQLITE


def copy_hashed(source: Path, target: Path, done: Callable[[int], None]) -> tuple[str, int]:
    """Copy a file durably; return the SHA-256 and number of the bytes written."""
    digest, n_bytes = hashlib.sha256(), 0
    target.parent.mkdir(parents=True, exist_ok=True)
    with source.open("rb") as reading, os.fdopen(_private(target), "wb") as writing:
        while block := reading.read(_BLOCK):
            digest.update(block)
            writing.write(block)
            n_bytes += len(block)
            done(len(block))
        writing.flush()
        os.fsync(writing.fileno())
    return digest.hexdigest(), n_bytes


def file_hash(path: Path, done: Callable[[int], None] = lambda n: None) -> str:
    """SHA-256 of a file's content."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            done(len(block))
    return digest.hexdigest()


def _private(path: Path) -> int:
    """Create a file that only its owner can read."""
    return os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)


def copy_database(source: Path, target: Path) -> None:
    """Copy a snapshot of an SQLite database without blocking writers.

    The copy needs no companion files: it is one file, without a write-ahead log.

    Raises:
        BrokenFile: the database is damaged.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    os.close(_private(target))
    address = f"file:{quote(str(source.resolve()))}?mode=rw"
    try:
        with (
            closing(sqlite3.connect(address, uri=True, timeout=30.0)) as reading,
            closing(sqlite3.connect(target, isolation_level=None)) as writing,
        ):
            reading.backup(writing)  # in one step: a write between several would restart it
            writing.execute("PRAGMA journal_mode = DELETE")
            [finding] = writing.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise
        finding = str(error)
    if finding != "ok":
        raise BrokenFile(
            f"{source} is damaged: {finding}",
            fix="restore it from an earlier backup, or recover its rows: sqlite3 FILE .recover",
        )
    handle = os.open(target, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
