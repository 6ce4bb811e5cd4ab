"""Limits of login attempts: longer waits after each failure, by account, by address, and by both."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from sqlite3 import Connection

from baihuo.access.accounts_file import AccountsFile

_HOUR_US = 3_600_000_000
_KNOWN_US = 90 * 24 * _HOUR_US  # an address stays known for an account so long after a login


@dataclass(frozen=True, slots=True)
class _Limit:
    n_free: int  # attempts without a wait
    max_wait_s: int  # the wait doubles with each further failure, up to this


# One account from one address is a person who forgot, or a guess. One account from anywhere waits less: a stranger # must not lock others
# out. It does not apply to addresses from which the account has logged in.
_PAIR, _ACCOUNT, _ADDRESS = _Limit(5, 900), _Limit(20, 60), _Limit(30, 300)


class LoginLimits:
    """Counts attempts in the file of accounts, so that all worker processes share them. Names and addresses are hashed: people type
    passwords into the name field.
    """

    def __init__(self, file: AccountsFile) -> None:
        self._file = file

    def attempt(self, name: str, address: str, *, at_us: int) -> float:
        """Count an attempt. It counts as failed until :meth:`succeeded`, so that many at once are counted, too.

        Args:
            name: As typed, even if no such account exists.

        Returns:
            Seconds to wait; 0: go on. Attempts that must wait are not counted.
        """
        limits = self._limits(name, address)
        with self._file.write() as db:
            db.execute("DELETE FROM attempts WHERE last_at_us < ?", (at_us - _HOUR_US,))
            if self._is_known(db, name, address, at_us):
                del limits[_subject("account", name)]
            wait_s = max(_wait_s(db, subject, limit, at_us) for subject, limit in limits.items())
            if wait_s <= 0:
                db.executemany(
                    "INSERT INTO attempts (subject, n, last_at_us) VALUES (?, 1, ?) "
                    "ON CONFLICT (subject) DO UPDATE SET n = n + 1, last_at_us = excluded.last_at_us",
                    [(subject, at_us) for subject in limits],
                )
        return max(0.0, wait_s)

    def succeeded(self, account_id: str, name: str, address: str, *, at_us: int) -> None:
        """Record a success: the last attempt does not count, and the address is known."""
        with self._file.write() as db:
            db.execute("DELETE FROM attempts WHERE subject = ?", (_subject("pair", name, address),))
            db.execute(
                "UPDATE attempts SET n = n - 1 WHERE subject IN (?, ?)",
                (_subject("account", name), _subject("address", address)),
            )
            db.execute("DELETE FROM known_addresses WHERE at_us < ?", (at_us - _KNOWN_US,))
            db.execute(
                "INSERT OR REPLACE INTO known_addresses (account_id, address_hash, at_us) VALUES (?, ?, ?)",
                (account_id, _subject("known", address), at_us),
            )

    @staticmethod
    def _limits(name: str, address: str) -> dict[bytes, _Limit]:
        return {
            _subject("pair", name, address): _PAIR,
            _subject("account", name): _ACCOUNT,
            _subject("address", address): _ADDRESS,
        }

    @staticmethod
    def _is_known(db: Connection, name: str, address: str, at_us: int) -> bool:
        found = db.execute(
            "SELECT 1 FROM known_addresses JOIN accounts USING (account_id) WHERE name = ? AND address_hash = ? AND at_us > ?",
            (name, _subject("known", address), at_us - _KNOWN_US),
        ).fetchone()
        return found is not None


def _wait_s(db: Connection, subject: bytes, limit: _Limit, at_us: int) -> float:
    row = db.execute("SELECT n, last_at_us FROM attempts WHERE subject = ?", (subject,)).fetchone()
    if row is None or row[0] < limit.n_free:
        return 0.0
    whole_s = float(min(limit.max_wait_s, 2 ** min(row[0] - limit.n_free, 20)))
    passed_s = max(0.0, (at_us - row[1]) / 1_000_000)  # a clock set back must not lengthen it
    return whole_s - passed_s


def _subject(*parts: str) -> bytes:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).digest()
