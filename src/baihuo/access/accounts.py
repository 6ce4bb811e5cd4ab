"""Accounts of the people who run a shop. Passwords and invitation links are stored as hashes only."""

from __future__ import annotations

import hashlib
import re
import secrets
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection
from typing import Any

from baihuo.access.private_file import private_file
from baihuo.access.scopes import Role, Scope, allows, scopes_of
from baihuo.core import BadInput, Conflict, NotFound, open_sqlite, transaction
from baihuo.engine import sql_file

INVITE_HOURS = 24
_INVITE_US = INVITE_HOURS * 3_600_000_000
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
ACCOUNT_COLUMNS = "a.account_id, a.name, a.role, a.password_hash IS NOT NULL, a.created_at_us, a.disabled_at_us, a.last_login_at_us"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person who may log in."""

    account_id: str
    name: str
    role: Role
    has_password: bool  # False: invited, and the link was not used yet
    created_at_us: int
    disabled_at_us: int | None = None
    last_login_at_us: int | None = None

    @property
    def actor(self) -> str:
        """Name of the actor in the audit log."""
        return f"person {self.name}"

    @property
    def state(self) -> str:
        """``active``, ``invited`` or ``disabled``."""
        if self.disabled_at_us is not None:
            return "disabled"
        return "active" if self.has_password else "invited"

    def allows(self, needed: Scope) -> bool:
        """Return whether the role has ``needed``."""
        return allows(scopes_of(self.role), needed)


class AccountStore:
    """Makes, changes and deletes accounts."""

    def __init__(self, file: AccountsFile) -> None:
        self._file = file

    def create(
        self, name: str, role: Role, *, at_us: int, password_hash: str | None = None
    ) -> Account:
        """Make an account.

        Args:
            password_hash: None: login is possible after a link of :meth:`invite` is used.

        Raises:
            BadInput: a bad name.
            Conflict: there is an account of this name.
        """
        require_account_name(name)
        with self._file.write() as db:
            if _named(db, name) is not None:
                raise Conflict(
                    f"there is an account {name!r} already",
                    fix=f"choose another name, or set its password: baihuo accounts password {name}",
                )
            db.execute(
                "INSERT INTO accounts (account_id, name, role, password_hash, created_at_us) VALUES (?, ?, ?, ?, ?)",
                (secrets.token_hex(8), name, role, password_hash, at_us),
            )
            return _require(db, name)

    def set_password(self, name: str, password_hash: str) -> Account:
        """Set another password. All sessions end, and invitation links are void.

        Raises:
            NotFound: there is no such account.
        """
        with self._file.write() as db:
            account = _require(db, name)
            _set_password(db, account.account_id, password_hash)
            return _require(db, name)

    def rehash(self, account_id: str, old_hash: str, new_hash: str) -> None:
        """Store the same password's hash with today's parameters, unless it was changed meanwhile."""
        with self._file.write() as db:
            db.execute(
                "UPDATE accounts SET password_hash = ? WHERE account_id = ? AND password_hash = ?",
                (new_hash, account_id, old_hash),
            )

    def set_role(self, name: str, role: Role) -> Account:
        """Set another role, from the next request of every session on.

        Raises:
            NotFound: there is no such account.
        """
        with self._file.write() as db:
            _require(db, name)
            db.execute("UPDATE accounts SET role = ? WHERE name = ?", (role, name))
            return _require(db, name)

    def disable(self, name: str, *, at_us: int) -> Account:
        """Disable an account and end its sessions.

        Raises:
            NotFound: there is no such account.
        """
        with self._file.write() as db:
            account = _require(db, name)
            db.execute(
                "UPDATE accounts SET disabled_at_us = coalesce(disabled_at_us, ?) WHERE name = ?",
                (at_us, name),
            )
            _log_out(db, account.account_id)
            return _require(db, name)

    def enable(self, name: str) -> Account:
        """Enable a disabled account, with its old password.

        Raises:
            NotFound: there is no such account.
        """
        with self._file.write() as db:
            _require(db, name)
            db.execute("UPDATE accounts SET disabled_at_us = NULL WHERE name = ?", (name,))
            return _require(db, name)

    def delete(self, name: str) -> Account:
        """Remove an account with its sessions and links. Its audit entries stay.

        Raises:
            NotFound: there is no such account.
        """
        with self._file.write() as db:
            account = _require(db, name)
            _log_out(db, account.account_id)
            for table in ("known_addresses", "accounts"):
                db.execute(f"DELETE FROM {table} WHERE account_id = ?", (account.account_id,))
            return account

    def invite(self, name: str, *, at_us: int) -> str:
        """Return the token of a link that sets the password, once, within :data:`INVITE_HOURS`. Earlier links are void; the old password
        stays valid until then.

        Raises:
            NotFound: there is no such account.
        """
        token = secrets.token_urlsafe(32)
        with self._file.write() as db:
            account = _require(db, name)
            db.execute("DELETE FROM invites WHERE account_id = ?", (account.account_id,))
            db.execute(
                "INSERT INTO invites (token_hash, account_id, expires_at_us) VALUES (?, ?, ?)",
                (hash_token(token), account.account_id, at_us + _INVITE_US),
            )
        return token

    def invited(self, token: str, *, at_us: int) -> Account | None:
        """Return the account of a valid link."""
        return _invited(self._file.rows, token, at_us)

    def accept(self, token: str, password_hash: str, *, at_us: int) -> Account:
        """Use a link: set the account's password, and void the link.

        Raises:
            NotFound: it is void, expired, or of a disabled account.
        """
        with self._file.write() as db:
            account = _invited(lambda sql, values: db.execute(sql, values).fetchall(), token, at_us)
            if account is None:
                raise no_invite()
            _set_password(db, account.account_id, password_hash)
            return _require(db, account.name)

    def find(self, name: str) -> tuple[Account, str | None] | None:
        """Return the account of a name, and its password hash."""
        rows = self._file.rows(
            f"SELECT {ACCOUNT_COLUMNS}, a.password_hash FROM accounts a WHERE name = ?", (name,)
        )
        return (account_of(rows[0][:-1]), rows[0][-1]) if rows else None

    def all_accounts(self) -> list[Account]:
        """All accounts, by name."""
        rows = self._file.rows(f"SELECT {ACCOUNT_COLUMNS} FROM accounts a ORDER BY name")
        return [account_of(row) for row in rows]

    def has_any(self) -> bool:
        """Whether an account was made."""
        return bool(self._file.rows("SELECT 1 FROM accounts LIMIT 1"))


def require_account_name(name: str) -> None:
    """Require a valid account name. Raises: BadInput: with the rule."""
    if not _NAME.fullmatch(name):
        raise BadInput(
            f"{name[:80]!r} is not a valid account name",
            fix="up to 64 lower-case letters, digits, dots, dashes and underscores",
        )


def hash_token(token: str) -> bytes:
    """Return the stored hash of a token: it is 256 random bits, so a fast hash is enough."""
    return hashlib.sha256(token.encode()).digest()


def account_of(row: tuple[Any, ...]) -> Account:
    """Make an account from a row of :data:`ACCOUNT_COLUMNS`."""
    account_id, name, role, has_password, created, disabled, last_login = row
    return Account(
        account_id=account_id,
        name=name,
        role=Role(role),
        has_password=bool(has_password),
        created_at_us=created,
        disabled_at_us=disabled,
        last_login_at_us=last_login,
    )


def no_invite() -> NotFound:
    """Return the error of a void link."""
    return NotFound(
        f"this link was used already, or is older than {INVITE_HOURS} hours",
        fix="ask for another: baihuo accounts password NAME --invite",
    )


def _named(db: Connection, name: str) -> Account | None:
    row = db.execute(f"SELECT {ACCOUNT_COLUMNS} FROM accounts a WHERE name = ?", (name,)).fetchone()
    return None if row is None else account_of(row)


def _require(db: Connection, name: str) -> Account:
    account = _named(db, name)
    if account is None:
        raise NotFound(
            f"there is no account {name[:80]!r}", fix="baihuo accounts list shows all accounts"
        )
    return account


def _invited(read: Any, token: str, at_us: int) -> Account | None:
    rows = read(
        f"SELECT {ACCOUNT_COLUMNS} FROM invites JOIN accounts a USING (account_id) "
        "WHERE token_hash = ? AND expires_at_us > ? AND disabled_at_us IS NULL",
        (hash_token(token), at_us),
    )
    return account_of(rows[0]) if rows else None


def _set_password(db: Connection, account_id: str, password_hash: str) -> None:
    db.execute(
        "UPDATE accounts SET password_hash = ? WHERE account_id = ?", (password_hash, account_id)
    )
    _log_out(db, account_id)


def _log_out(db: Connection, account_id: str) -> None:
    for table in ("invites", "sessions"):
        db.execute(f"DELETE FROM {table} WHERE account_id = ?", (account_id,))


_SCHEMA = sql_file(__file__, "accounts")


class AccountsFile:
    """One connection. Several threads and processes may use the file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        private_file(path)
        self._db = open_sqlite(path, _SCHEMA(), version=1, durability="FULL")
        self._lock = threading.Lock()

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Run a transaction; on disk when it ends.

        Raises:
            ShopError: it could not be written.
        """
        with self._lock, transaction(self._db, self._path) as connection:
            yield connection

    def write_if_free(self, sql: str, values: Sequence[object]) -> None:
        """Run one statement, or skip it if another process is writing: for optional updates in a thread that must not wait."""
        with self._lock:
            self._db.execute("PRAGMA busy_timeout = 0")
            try:
                self._db.execute(sql, values)
            except sqlite3.OperationalError:
                pass  # locked, or a full disk: the next request tries again
            finally:
                self._db.execute("PRAGMA busy_timeout = 30000")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()
