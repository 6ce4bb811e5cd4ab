"""Keys in a server's memory, reloaded when the file changes."""

from __future__ import annotations

import hmac
from pathlib import Path

from baihuo.access.audit_log import read_entries
from baihuo.access.key_store import ADOPTED_ID, ApiKey, KeyStore, hash_secret, split_token
from baihuo.core import now_us

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
        self._was_made = bool(made)
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
        return self._was_made or any(key_id != ADOPTED_ID for key_id in self._keys)

    def close(self) -> None:
        """Close the file."""
        self._store.close()

    def _refresh(self) -> None:
        version = self._store.version()
        if version != self._version:
            self._keys = {key.key_id: key for key in self._store.all_keys()}
            self._version = version
