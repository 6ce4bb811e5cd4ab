"""Sessions of people, whose tokens are in a browser cookie and as hashes in the file, and limits of login attempts: longer waits after each
failure, by account, by address, and by both."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from sqlite3 import Connection
from typing import Any

from baihuo.access.accounts import ACCOUNT_COLUMNS, Account, AccountsFile, account_of, hash_token
from baihuo.core import NotFound

_SEEN_EVERY_US = 60_000_000  # how often the last use is written
_MOST = 20  # sessions of an account; the oldest ends
_MAX_AHEAD_US = 3_600_000_000  # sessions from a clock further ahead are ignored
_MAX_AGENT = 200  # characters
_COLUMNS = f"{ACCOUNT_COLUMNS}, s.session_id, s.created_at_us, s.seen_at_us, s.address, s.agent"
_FROM = "FROM sessions s JOIN accounts a USING (account_id)"


@dataclass(frozen=True, slots=True)
class Session:
    """A browser in which a person is logged in."""

    account: Account
    session_id: str  # not secret: names the session in lists
    created_at_us: int
    seen_at_us: int  # to the minute
    address: str
    agent: str  # user agent of the browser


class SessionStore:
    """Starts, finds and ends sessions. All worker processes share them."""

    def __init__(self, file: AccountsFile, *, idle_us: int, most_us: int) -> None:
        """
        Args:
            idle_us: A session without a request ends after this.
            most_us: Every session ends after this.
        """
        self._file, self._idle_us, self._most_us = file, idle_us, most_us

    def start(self, account: Account, *, at_us: int, address: str, agent: str) -> str:
        """Start a session; return its token, which is not stored."""
        token = secrets.token_urlsafe(32)
        with self._file.write() as db:
            db.execute(
                "DELETE FROM sessions WHERE created_at_us <= ? OR seen_at_us <= ?",
                (at_us - self._most_us, at_us - self._idle_us),
            )
            db.execute(
                "INSERT INTO sessions (token_hash, session_id, account_id, created_at_us, seen_at_us, address, agent) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    hash_token(token),
                    secrets.token_hex(6),
                    account.account_id,
                    at_us,
                    at_us,
                    address,
                    agent[:_MAX_AGENT],
                ),
            )
            db.execute(
                "DELETE FROM sessions WHERE account_id = ? AND session_id NOT IN "
                "(SELECT session_id FROM sessions WHERE account_id = ? ORDER BY created_at_us DESC, rowid DESC LIMIT ?)",
                (account.account_id, account.account_id, _MOST),
            )
            db.execute(
                "UPDATE accounts SET last_login_at_us = ? WHERE account_id = ?",
                (at_us, account.account_id),
            )
        return token

    def find(self, token: str, *, at_us: int) -> Session | None:
        """Return the session of a token; None if it ended, or its account may not log in."""
        token_hash = hash_token(token)
        rows = self._file.rows(
            f"SELECT {_COLUMNS} {_FROM} WHERE token_hash = ? AND disabled_at_us IS NULL",
            (token_hash,),
        )
        session = _session_of(rows[0]) if rows else None
        if session is None or not self._is_valid(session, at_us):
            return None
        if at_us - session.seen_at_us > _SEEN_EVERY_US:
            self._file.write_if_free(
                "UPDATE sessions SET seen_at_us = ? WHERE token_hash = ?", (at_us, token_hash)
            )
        return session

    def of_account(self, account: Account, *, at_us: int) -> list[Session]:
        """Return the open sessions of an account, newest first."""
        rows = self._file.rows(
            f"SELECT {_COLUMNS} {_FROM} WHERE account_id = ? ORDER BY s.created_at_us DESC, s.rowid DESC",
            (account.account_id,),
        )
        return [s for s in map(_session_of, rows) if self._is_valid(s, at_us)]

    def end(self, account: Account, session_id: str) -> None:
        """End one session of this account.

        Raises:
            NotFound: the account has no such session.
        """
        with self._file.write() as db:
            done = db.execute(
                "DELETE FROM sessions WHERE session_id = ? AND account_id = ?",
                (session_id, account.account_id),
            )
            if not done.rowcount:
                raise NotFound("this session has ended already", fix="open the list again")

    def end_others(self, account: Account, session_id: str) -> int:
        """End all sessions of this account but one; returns how many."""
        with self._file.write() as db:
            return db.execute(
                "DELETE FROM sessions WHERE account_id = ? AND session_id <> ?",
                (account.account_id, session_id),
            ).rowcount

    def _is_valid(self, session: Session, at_us: int) -> bool:
        age_us = at_us - session.created_at_us
        is_young = -_MAX_AHEAD_US <= age_us < self._most_us
        return is_young and at_us - session.seen_at_us < self._idle_us


def _session_of(row: tuple[Any, ...]) -> Session:
    return Session(account_of(row[:7]), *row[7:])


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
        limits = {
            _subject("pair", name, address): _PAIR,
            _subject("account", name): _ACCOUNT,
            _subject("address", address): _ADDRESS,
        }
        with self._file.write() as db:
            db.execute("DELETE FROM attempts WHERE last_at_us < ?", (at_us - _HOUR_US,))
            known = db.execute(
                "SELECT 1 FROM known_addresses JOIN accounts USING (account_id) WHERE name = ? AND address_hash = ? AND at_us > ?",
                (name, _subject("known", address), at_us - _KNOWN_US),
            ).fetchone()
            if known is not None:
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


def _wait_s(db: Connection, subject: bytes, limit: _Limit, at_us: int) -> float:
    row = db.execute("SELECT n, last_at_us FROM attempts WHERE subject = ?", (subject,)).fetchone()
    if row is None or row[0] < limit.n_free:
        return 0.0
    whole_s = float(min(limit.max_wait_s, 2 ** min(row[0] - limit.n_free, 20)))
    passed_s = max(0.0, (at_us - row[1]) / 1_000_000)  # a clock set back must not lengthen it
    return whole_s - passed_s


def _subject(*parts: str) -> bytes:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).digest()
