"""How often somebody may try to say who they are: counted by visitor, by address and by what is claimed."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from pathlib import Path

from baihuo.access import private_file
from baihuo.core import open_sqlite, transaction
from baihuo.engine import sql_file

_SCHEMA = sql_file(__file__, "attempts")
_HOUR_US = 3_600_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptLimits:
    """Wrong attempts an hour. A visitor id costs nothing, so the address counts too; guesses from many addresses at one name or
    e-mail address are bounded by what is claimed.
    """

    by_visitor: int = 5
    by_address: int = 20
    by_claim: int = 10


class Attempts:
    """Counts attempts in a file that all worker processes share. It keeps hashes for an hour."""

    def __init__(self, path: Path, limits: AttemptLimits | None = None) -> None:
        self._path, self._limits = path, limits or AttemptLimits()
        private_file(path)
        self._db = open_sqlite(path, _SCHEMA(), version=1, durability="NORMAL")
        self._lock = threading.Lock()

    def begin(self, *, visitor_id: str, address: str, claim: str, at_us: int) -> bool:
        """Count an attempt as wrong until :meth:`was_right`, so that many at once are counted, too.

        Returns:
            Whether it may be tried. One that may not is not counted.
        """
        limits = self._of(visitor_id, address, claim)
        with self._lock, transaction(self._db, self._path):
            # A clock that went back must not keep anybody out, nor one ahead forget: both count as now.
            self._db.execute(
                "DELETE FROM attempts WHERE at_us < ? OR at_us > ?",
                (at_us - _HOUR_US, at_us + _HOUR_US),
            )
            for subject, limit in limits.items():
                counted = self._db.execute(
                    "SELECT count(*) FROM attempts WHERE subject = ?", (subject,)
                ).fetchone()[0]
                if counted >= limit:
                    return False
            self._db.executemany(
                "INSERT INTO attempts (subject, at_us) VALUES (?, ?)", [(s, at_us) for s in limits]
            )
        return True

    def was_right(self, *, visitor_id: str, address: str, claim: str) -> None:
        """The last attempt was right and does not count; those before it do: a right one must not buy more wrong ones."""
        with self._lock, transaction(self._db, self._path):
            for subject in self._of(visitor_id, address, claim):
                self._db.execute(
                    "DELETE FROM attempts WHERE rowid = (SELECT max(rowid) FROM attempts WHERE subject = ?)",
                    (subject,),
                )

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def _of(self, visitor_id: str, address: str, claim: str) -> dict[bytes, int]:
        return {
            _subject("visitor", visitor_id): self._limits.by_visitor,
            _subject("address", address): self._limits.by_address,
            _subject("claim", claim): self._limits.by_claim,
        }


def _subject(*parts: str) -> bytes:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).digest()
