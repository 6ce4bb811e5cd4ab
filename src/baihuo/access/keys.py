"""The keys of a shop, in one SQLite file. A key's secret is shown once and stored only as a hash."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import threading
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from baihuo.access.audit_log import read_entries
from baihuo.access.private_file import private_file
from baihuo.access.scopes import Scope, allows
from baihuo.core import (
    BadInput,
    Conflict,
    NotFound,
    now_us,
    open_sqlite,
    readable_rows,
    transaction,
)

_PREFIX = "bh"  # recognised by secret scanners
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_OF = f"{Scope.ADVERTISER}:"  # before the advertiser, in place of the scope
ADOPTED_ID = "team"  # of a key of an earlier version, which has no id
_SCHEMA = """
CREATE TABLE IF NOT EXISTS keys (
    key_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    secret_hash BLOB NOT NULL,
    created_at_us INTEGER NOT NULL,
    expires_at_us INTEGER,
    revoked_at_us INTEGER,
    last_used_at_us INTEGER
) STRICT;
"""
_COLUMNS = "key_id, name, scopes, secret_hash, created_at_us, expires_at_us, revoked_at_us, last_used_at_us"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key without its secret. Several keys share a name while one replaces another."""

    key_id: str
    name: str
    scopes: frozenset[Scope]
    secret_hash: bytes  # SHA-256: the secret is 256 random bits, which no dictionary finds
    created_at_us: int
    expires_at_us: int | None = None
    revoked_at_us: int | None = None
    last_used_at_us: int | None = None  # to the minute
    advertiser_id: str | None = None  # whose key it is; its scopes have ``advertiser``

    def is_valid(self, at_us: int) -> bool:
        """Whether it is neither revoked nor expired."""
        is_expired = self.expires_at_us is not None and at_us >= self.expires_at_us
        return self.revoked_at_us is None and not is_expired

    @property
    def actor(self) -> str:
        """Name of the actor in the audit log."""
        return f"key {self.name}"

    @property
    def lacks(self) -> str:
        """Beginning of a refusal's message."""
        return f"the key {self.name} has the scopes {', '.join(sorted(self.scopes))}"

    def allows(self, needed: Scope) -> bool:
        """Return whether its scopes include ``needed``."""
        return allows(self.scopes, needed)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A new key. Its token is not stored."""

    key: ApiKey
    token: str  # for ``Authorization: Bearer TOKEN``


class KeyStore:
    """Makes, replaces and revokes the keys of a shop. Several processes may use the file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        private_file(path)
        self._db = open_sqlite(path, _SCHEMA, version=1, durability="FULL")
        self._lock = threading.Lock()

    def create(
        self,
        name: str,
        scopes: Collection[Scope],
        *,
        at_us: int,
        expires_at_us: int | None = None,
        advertiser_id: str | None = None,
    ) -> NewKey:
        """Make a key.

        Args:
            name: Lower-case letters, digits, dots, dashes; it names the key in the audit log.
            scopes: At least one.
            at_us: Now.
            expires_at_us: None: until it is revoked.
            advertiser_id: Whose campaigns a key of the scope ``advertiser`` is for.

        Raises:
            BadInput: a bad name, no scope, no or another scope beside an advertiser's, or an expiry in the past.
            Conflict: a valid key has this name.
        """
        if not _NAME.fullmatch(name):
            raise BadInput(
                f"{name[:80]!r} is not a valid key name",
                fix="up to 64 lower-case letters, digits, dots, dashes and underscores",
            )
        if not scopes:
            raise BadInput("a key needs a scope", fix="name at least one scope")
        if (advertiser_id is not None) != (Scope.ADVERTISER in scopes) or (
            advertiser_id is not None and len(set(scopes)) > 1
        ):
            raise BadInput(
                "the scope advertiser and an advertiser belong together, without another scope",
                fix=f"baihuo keys create {name} --scope advertiser --advertiser ID",
            )
        if expires_at_us is not None and expires_at_us <= at_us:
            raise BadInput(
                "the key would have expired already", fix="make it valid for a day or more"
            )
        with self._lock, transaction(self._db, self._path):
            if self._valid(name, at_us):
                raise Conflict(
                    f"there is a key {name!r} already",
                    fix=f"choose another name, or replace it: baihuo keys rotate {name}",
                )
            return self._insert(name, frozenset(scopes), at_us, expires_at_us, advertiser_id)

    def rotate(
        self, name: str, *, at_us: int, grace_us: int, expires_at_us: int | None = None
    ) -> NewKey:
        """Make a new key with the scopes of an old one, which stays valid for ``grace_us`` more.

        Raises:
            NotFound: no valid key has this name.
        """
        with self._lock, transaction(self._db, self._path):
            old = self._valid(name, at_us)
            if not old:
                raise _no_key(name)
            scopes = frozenset[Scope]().union(*(key.scopes for key in old))
            self._db.executemany(
                "UPDATE keys SET expires_at_us = min(coalesce(expires_at_us, ?), ?) WHERE key_id = ?",
                [(at_us + grace_us, at_us + grace_us, key.key_id) for key in old],
            )
            return self._insert(name, scopes, at_us, expires_at_us, old[-1].advertiser_id)

    def revoke(self, name_or_id: str, *, at_us: int) -> list[ApiKey]:
        """Revoke the valid keys of this name, or the one of this id. Servers refuse them from their next request on.

        Raises:
            NotFound: there is none.
        """
        with self._lock, transaction(self._db, self._path):
            keys = [
                key
                for key in self._all()
                if name_or_id in (key.name, key.key_id) and key.is_valid(at_us)
            ]
            if not keys:
                raise _no_key(name_or_id)
            self._db.executemany(
                "UPDATE keys SET revoked_at_us = ? WHERE key_id = ?",
                [(at_us, key.key_id) for key in keys],
            )
        return keys

    def all_keys(self) -> list[ApiKey]:
        """Return all keys, with revoked and expired ones, oldest first."""
        with self._lock:
            return self._all()

    def has_valid(self, at_us: int) -> bool:
        """Return whether any key is valid."""
        return any(key.is_valid(at_us) for key in self.all_keys())

    def used(self, key_id: str, at_us: int) -> None:
        """Record the last use of a key."""
        with self._lock, transaction(self._db, self._path):
            self._db.execute(
                "UPDATE keys SET last_used_at_us = ? WHERE key_id = ?", (at_us, key_id)
            )

    def version(self) -> int:
        """Changes whenever another connection writes the file."""
        with self._lock:
            found: int = self._db.execute("PRAGMA data_version").fetchone()[0]
        return found

    def adopt(self, file: Path, *, at_us: int) -> ApiKey | None:
        """Migrate the single key of earlier versions from its plain file, and delete the file. None: the file is missing or empty."""
        if not file.is_file():
            return None
        token = file.read_text(encoding="utf-8").strip()
        adopted = None
        if token:
            scopes = frozenset({Scope.CATALOGUE, Scope.MERCHANDISER})
            adopted = ApiKey(
                key_id=ADOPTED_ID,
                name="team",
                scopes=scopes,
                secret_hash=hash_secret(token),
                created_at_us=at_us,
            )
            with self._lock, transaction(self._db, self._path):
                self._write(adopted)
        file.unlink()
        return adopted

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def _insert(
        self,
        name: str,
        scopes: frozenset[Scope],
        at_us: int,
        expires_at_us: int | None,
        advertiser_id: str | None,
    ) -> NewKey:
        secret = secrets.token_urlsafe(32)
        key = ApiKey(
            key_id=secrets.token_hex(5),
            name=name,
            scopes=scopes,
            secret_hash=hash_secret(secret),
            created_at_us=at_us,
            expires_at_us=expires_at_us,
            advertiser_id=advertiser_id,
        )
        self._write(key)
        return NewKey(key, f"{_PREFIX}_{key.key_id}_{secret}")

    def _write(self, key: ApiKey) -> None:
        self._db.execute(
            f"INSERT OR IGNORE INTO keys ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, NULL, NULL)",
            (
                key.key_id,
                key.name,
                " ".join(sorted(key.scopes))
                if key.advertiser_id is None
                else _OF + key.advertiser_id,
                key.secret_hash,
                key.created_at_us,
                key.expires_at_us,
            ),
        )

    def _valid(self, name: str, at_us: int) -> list[ApiKey]:
        return [key for key in self._all() if key.name == name and key.is_valid(at_us)]

    def _all(self) -> list[ApiKey]:
        rows = self._db.execute(f"SELECT {_COLUMNS} FROM keys ORDER BY created_at_us, key_id")
        with readable_rows(self._path):
            return [_key_of(row) for row in rows]


def split_token(token: str) -> tuple[str, str]:
    """Split a token into key id and secret. A token of an earlier version is all secret."""
    prefix, _, rest = token.partition("_")
    key_id, _, secret = rest.partition("_")
    return (key_id, secret) if prefix == _PREFIX and secret else (ADOPTED_ID, token)


def hash_secret(secret: str) -> bytes:
    """Return the stored hash of a secret."""
    return hashlib.sha256(secret.encode()).digest()


def _key_of(row: tuple[Any, ...]) -> ApiKey:
    key_id, name, scopes, secret_hash, created, expires, revoked, used = row
    known = {str(scope) for scope in Scope}
    advertiser_id = None
    if scopes.startswith(_OF):  # no scope to a version that knows no advertisers
        scopes, advertiser_id = Scope.ADVERTISER, scopes.removeprefix(_OF)
    return ApiKey(
        key_id=key_id,
        name=name,
        scopes=frozenset(Scope(s) for s in scopes.split() if s in known),
        advertiser_id=advertiser_id,
        secret_hash=secret_hash,
        created_at_us=created,
        expires_at_us=expires,
        revoked_at_us=revoked,
        last_used_at_us=used,
    )


def _no_key(name: str) -> NotFound:
    return NotFound(f"there is no valid key {name[:80]!r}", fix="baihuo keys list shows all keys")


_USED_EVERY_US = 60_000_000  # how often the last use of a key is written


class KeyRing:
    """Finds the key of a token. A key that another process revokes or makes counts from the next request on."""

    def __init__(self, path: Path, audit_file: Path | None = None) -> None:
        """
        Args:
            path: The file of the keys.
            audit_file: The audit log, which shows that a key was made even if a backup lacks the keys.
        """
        self._store = KeyStore(path)
        made = read_entries(audit_file, newest=1, action="key.create") if audit_file else []
        self._was_made = self._has_made = bool(made)
        self._version = -1
        self._keys: dict[str, ApiKey] = {}
        self._used_at_us: dict[str, int] = {}

    def find(self, token: str, *, at_us: int | None = None) -> ApiKey | None:
        """Return the valid key of a token, if any. Secrets are compared in constant time, and as hashes."""
        at_us = now_us() if at_us is None else at_us
        self._refresh()
        key_id, secret = split_token(token)
        key = self._keys.get(key_id)
        if key is None or not hmac.compare_digest(key.secret_hash, hash_secret(secret)):
            return None
        if not key.is_valid(at_us):
            return None
        if at_us - self._used_at_us.get(key_id, 0) > _USED_EVERY_US:
            self._used_at_us[key_id] = at_us
            self._store.used(key_id, at_us)
        return key

    def adopt(self, file: Path, *, at_us: int) -> ApiKey | None:
        """See :meth:`KeyStore.adopt`."""
        adopted = self._store.adopt(file, at_us=at_us)
        self._version = -1  # writes of this connection do not change its version
        return adopted

    def has_made(self) -> bool:
        """Whether a key was ever made by name, not migrated from an earlier version. A shop that lost its last key (expired, revoked, not
        in a backup) must not become open.
        """
        self._refresh()
        return self._has_made

    def close(self) -> None:
        """Close the file."""
        self._store.close()

    def _refresh(self) -> None:
        version = self._store.version()
        if version != self._version:
            self._keys = {key.key_id: key for key in self._store.all_keys()}
            self._version = version
            self._has_made = self._was_made or any(i != ADOPTED_ID for i in self._keys)
