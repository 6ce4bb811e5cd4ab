"""Keys of the API, and who may be listened to without one."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from baihuo.access import ApiKey, KeyRing, KeyStore, NewKey, Scope
from baihuo.core import BadInput, NotFound, now_us
from baihuo.flow.auditing import record_audit
from baihuo.settings import Shop

_DAY_US = 86_400_000_000
_HOUR_US = 3_600_000_000


def create_key(
    shop: Shop, name: str, scopes: Collection[Scope], *, days: float | None = None
) -> NewKey:
    """access: a new key. Its token is returned and kept nowhere.

    Args:
        days: How long it is valid; None: until it is revoked.

    Raises:
        BadInput: a bad name, or no scope.
        Conflict: a valid key has this name.
    """
    at_us = now_us()
    with _store(shop) as store:
        made = store.create(name, scopes, at_us=at_us, expires_at_us=_end(at_us, days))
    record_audit(shop, "key.create", subject=name, detail=_detail(made.key))
    return made


def rotate_key(
    shop: Shop, name: str, *, grace_hours: float = 24.0, days: float | None = None
) -> NewKey:
    """access: a new key with the scopes of an old one, which stays valid for ``grace_hours``.

    Raises:
        NotFound: no valid key has this name.
    """
    _require_file(shop, name)
    at_us = now_us()
    with _store(shop) as store:
        made = store.rotate(
            name,
            at_us=at_us,
            grace_us=int(grace_hours * _HOUR_US),
            expires_at_us=_end(at_us, days),
        )
    record_audit(
        shop, "key.rotate", subject=name, detail={**_detail(made.key), "grace_hours": grace_hours}
    )
    return made


def revoke_key(shop: Shop, name_or_id: str) -> list[ApiKey]:
    """access: the keys of this name, or the one of this id, open nothing from now on.

    Raises:
        NotFound: there is no valid one.
    """
    _require_file(shop, name_or_id)
    with _store(shop) as store:
        revoked = store.revoke(name_or_id, at_us=now_us())
    for key in revoked:
        record_audit(shop, "key.revoke", subject=key.name, detail={"key_id": key.key_id})
    return revoked


def keys(shop: Shop) -> list[ApiKey]:
    """access: all keys of the shop, without their secrets."""
    if not _has_file(shop):
        return []
    with _store(shop) as store:
        return store.all_keys()


def has_keys(shop: Shop) -> bool:
    """access: whether a key of the shop is valid."""
    if not _has_file(shop):
        return False
    with _store(shop) as store:
        return store.has_valid(now_us())


def has_made_key(shop: Shop) -> bool:
    """access: whether a key was ever made, also where none is valid any more: the shop's visitors are signed since."""
    ring = KeyRing(shop.keys_file, shop.audit_file)
    try:
        return ring.has_made()
    finally:
        ring.close()


def require_keys_beyond_loopback(shop: Shop, host: str) -> None:
    """access: a server that other machines reach needs a key, or nobody could write to it and anybody might try.

    Raises:
        BadInput: no key is valid, and ``host`` is not this machine alone.
    """
    if is_loopback(host) or has_keys(shop):
        return
    raise BadInput(
        f"other machines reach {host}, and the shop has no key",
        fix="make one: baihuo keys create NAME --scope admin; or listen on this machine alone: --host 127.0.0.1",
    )


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches it. A name other than ``localhost`` may be reached by others."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _has_file(shop: Shop) -> bool:
    return shop.keys_file.exists() or shop.team_key_file.exists()


def _require_file(shop: Shop, name: str) -> None:
    """A mistyped folder must not become a shop."""
    if not _has_file(shop):
        raise NotFound(
            f"{shop.root} has no keys, so none is called {name[:80]!r}",
            fix="name the shop's folder with --shop; baihuo keys list shows its keys",
        )


@contextmanager
def _store(shop: Shop) -> Iterator[KeyStore]:
    store = KeyStore(shop.keys_file)
    try:
        adopted = store.adopt(shop.team_key_file, at_us=now_us())
        if adopted is not None:
            record_audit(shop, "key.adopt", subject=adopted.name, detail=_detail(adopted))
        yield store
    finally:
        store.close()


def _detail(key: ApiKey) -> dict[str, object]:
    return {"key_id": key.key_id, "scopes": sorted(key.scopes), "expires_at_us": key.expires_at_us}


def _end(at_us: int, days: float | None) -> int | None:
    return None if days is None else at_us + int(days * _DAY_US)
