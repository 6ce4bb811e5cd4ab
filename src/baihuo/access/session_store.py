"""Sessions of people. The token is in a browser cookie; the file has its hash."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from baihuo.access.account_store import ACCOUNT_COLUMNS, Account, account_of, hash_token
from baihuo.access.accounts_file import AccountsFile
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
