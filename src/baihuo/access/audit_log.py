"""The audit log: who changed what, appended and never changed. Each entry has the hash of the one before."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from baihuo.access.private_file import private_file
from baihuo.core import ShopError, open_read_only, open_sqlite, readable_rows, transaction
from baihuo.engine import sql_file

_FIRST = "0" * 64
_COLUMNS = "seq, at_us, actor, action, subject, detail, previous_hash, hash"
_SCHEMA = sql_file(__file__, "audit_entries")


class BrokenChain(ShopError):
    """An entry of the audit log was changed, removed or inserted."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """An action in the audit log."""

    seq: int  # 1 is the first
    at_us: int  # our clock, UTC
    actor: str  # "key NAME", "user NAME" of the machine, "system"
    action: str  # "release", "products.write", "key.create"
    subject: str  # object: the id of a bundle, the name of a key
    detail: dict[str, Any]
    previous_hash: str
    hash: str  # SHA-256 over all of the above as canonical JSON


@dataclass(frozen=True, slots=True)
class AuditHead:
    """The newest entry. A copy elsewhere proves later that no entry up to it was changed."""

    seq: int
    hash: str

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash}"


class AuditLog:
    """The audit log of a shop in one SQLite file; several processes may append to it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        private_file(path)
        self._db = open_sqlite(path, _SCHEMA(), version=1, durability="FULL")
        self._lock = threading.Lock()

    def append(
        self,
        action: str,
        *,
        actor: str,
        at_us: int,
        subject: str = "",
        detail: Mapping[str, Any] | None = None,
    ) -> AuditEntry:
        """Append an entry; it is on disk when this returns.

        Raises:
            ShopError: it could not be written.
        """
        with self._lock, transaction(self._db, self._path):
            last = self._db.execute(
                "SELECT seq, hash FROM entries ORDER BY seq DESC LIMIT 1"
            ).fetchone()
            seq, previous = (last[0] + 1, last[1]) if last else (1, _FIRST)
            text = _canonical(dict(detail or {}))
            own = _hash(seq, at_us, actor, action, subject, text, previous)
            self._db.execute(
                f"INSERT INTO entries ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (seq, at_us, actor, action, subject, text, previous, own),
            )
        return AuditEntry(seq, at_us, actor, action, subject, json.loads(text), previous, own)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()


def read_entries(
    path: Path, *, newest: int | None = None, action: str = "", actor: str = ""
) -> list[AuditEntry]:
    """Read entries, oldest first; a missing file is an empty log.

    Args:
        path: The file of the log.
        newest: At most so many, the newest ones.
        action: Only this action, or its group: ``key`` finds ``key.create``.
        actor: Only of this actor.
    """
    with open_read_only(path) as connection:
        if connection is None:
            return []
        rows = connection.execute(
            f"SELECT {_COLUMNS} FROM entries WHERE (? = '' OR action = ? OR action GLOB ? || '.*') "
            "AND (? = '' OR actor = ?) ORDER BY seq DESC LIMIT ?",
            (action, action, action, actor, actor, -1 if newest is None else newest),
        ).fetchall()
    with readable_rows(path):
        return [
            AuditEntry(seq, at_us, actor, action, subject, json.loads(detail), previous, own)
            for seq, at_us, actor, action, subject, detail, previous, own in reversed(rows)
        ]


def verify(path: Path, *, expected: AuditHead | None = None) -> AuditHead:
    """Verify every hash. A chain alone does not reveal that its newest entries were cut off: compare with a head saved elsewhere.

    Returns:
        The head; ``0:000…`` of an empty log.

    Raises:
        BrokenChain: an entry was changed, one is missing, or the log lacks ``expected``.
    """
    head = AuditHead(0, _FIRST)
    has_expected = expected is None or expected.seq == 0
    with open_read_only(path) as connection:
        for row in _rows(connection):
            seq, previous, own = row[0], row[6], row[7]
            if seq != head.seq + 1:
                raise _broken(head.seq + 1, "is missing")
            if previous != head.hash or own != _hash(*row[:7]):
                raise _broken(seq, "is not what was written")
            head = AuditHead(seq, own)
            has_expected = has_expected or head == expected
    if not has_expected:
        raise BrokenChain(
            f"the audit log does not hold entry {expected}",
            fix="it was cut off or written again since: compare with a backup",
        )
    return head


def _rows(connection: Any) -> Iterator[tuple[Any, ...]]:
    if connection is not None:
        yield from connection.execute(f"SELECT {_COLUMNS} FROM entries ORDER BY seq")


def _hash(*parts: object) -> str:
    return hashlib.sha256(_canonical(list(parts)).encode()).hexdigest()


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"))


def _broken(seq: int, what: str) -> BrokenChain:
    return BrokenChain(
        f"entry {seq} of the audit log {what}",
        fix="the file was changed: compare with a backup; entries before it are intact",
    )
