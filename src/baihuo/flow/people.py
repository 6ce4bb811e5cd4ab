"""Keys of the API, accounts of people, and the audit log."""

from __future__ import annotations

import getpass
import hashlib
import ipaddress
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from baihuo.access import (
    Account,
    AccountsFile,
    AccountStore,
    ApiKey,
    AuditEntry,
    AuditHead,
    AuditLog,
    KeyRing,
    KeyStore,
    NewKey,
    Passwords,
    Role,
    Scope,
    read_entries,
    require_account_name,
    require_good_password,
    verify,
)
from baihuo.core import BadInput, NotFound, now_us
from baihuo.flow.advertising import require_advertiser
from baihuo.settings import Shop

_SETTINGS = "settings.change"


def record_audit(
    shop: Shop,
    action: str,
    *,
    subject: str = "",
    detail: Mapping[str, Any] | None = None,
    actor: str | None = None,
) -> None:
    """access: write an entry of the audit log, on disk when this returns.

    Args:
        action: What was done, the noun first: ``key.create``.
        subject: The object of the action.
        detail: Plain values; no secret, and nothing about a visitor.
        actor: By default the user of this machine.
    """
    log = AuditLog(shop.audit_file)
    try:
        log.append(
            action,
            actor=actor or f"user {getpass.getuser()}",
            at_us=now_us(),
            subject=subject,
            detail=detail,
        )
    finally:
        log.close()


def record_settings(shop: Shop) -> None:
    """access: write an entry if settings files changed since the last call."""
    files = (
        *(shop.settings_file, shop.rules_file, shop.features_file, shop.synonyms),
        shop.policy_file,
    )
    hashes = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files if file.is_file()
    }
    earlier = read_entries(shop.audit_file, newest=1, action=_SETTINGS)
    known = earlier[0].detail.get("sha256", {}) if earlier else {}
    changed = sorted(name for name in {*hashes, *known} if hashes.get(name) != known.get(name))
    if changed:
        record_audit(shop, _SETTINGS, subject=", ".join(changed), detail={"sha256": hashes})


def audit_entries(
    shop: Shop, *, newest: int | None = None, action: str = "", actor: str = ""
) -> list[AuditEntry]:
    """access: return entries of the audit log, oldest first."""
    return read_entries(shop.audit_file, newest=newest, action=action, actor=actor)


def verify_audit(shop: Shop, *, expected: AuditHead | None = None) -> AuditHead:
    """access: verify the chain of the audit log.

    Raises:
        BrokenChain: an entry was changed, removed or cut off.
    """
    return verify(shop.audit_file, expected=expected)


_DAY_US = 86_400_000_000
_HOUR_US = 3_600_000_000


def create_key(
    shop: Shop,
    name: str,
    scopes: Collection[Scope],
    *,
    days: float | None = None,
    advertiser_id: str | None = None,
) -> NewKey:
    """access: make a key. Its token is returned and not stored.

    Args:
        days: How long it is valid; None: until it is revoked.
        advertiser_id: Whose key it is, of the scope ``advertiser``.

    Raises:
        BadInput: a bad name, or no scope.
        NotFound: there is no such advertiser.
        Conflict: a valid key has this name.
    """
    at_us = now_us()
    if advertiser_id is not None:
        require_advertiser(shop, advertiser_id)
    with _key_store(shop) as store:
        made = store.create(
            name,
            scopes,
            at_us=at_us,
            expires_at_us=_end(at_us, days),
            advertiser_id=advertiser_id,
        )
    record_audit(shop, "key.create", subject=name, detail=_detail(made.key))
    return made


def rotate_key(
    shop: Shop, name: str, *, grace_hours: float = 24.0, days: float | None = None
) -> NewKey:
    """access: make a key with the scopes of an old one, which stays valid for ``grace_hours``.

    Raises:
        NotFound: no valid key has this name.
    """
    _require_file(shop, name)
    at_us = now_us()
    with _key_store(shop) as store:
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
    """access: revoke the keys of this name, or the one of this id.

    Raises:
        NotFound: there is no valid one.
    """
    _require_file(shop, name_or_id)
    with _key_store(shop) as store:
        revoked = store.revoke(name_or_id, at_us=now_us())
    for key in revoked:
        record_audit(shop, "key.revoke", subject=key.name, detail={"key_id": key.key_id})
    return revoked


def keys(shop: Shop) -> list[ApiKey]:
    """access: list the shop's keys, without secrets."""
    if not _has_file(shop):
        return []
    with _key_store(shop) as store:
        return store.all_keys()


def has_keys(shop: Shop) -> bool:
    """access: return whether the shop has a valid key."""
    if not _has_file(shop):
        return False
    with _key_store(shop) as store:
        return store.has_valid(now_us())


def has_made_key(shop: Shop) -> bool:
    """access: return whether a key was ever made, even if none is valid now: visitors are signed since then."""
    ring = KeyRing(shop.keys_file, shop.audit_file)
    try:
        return ring.has_made()
    finally:
        ring.close()


def require_keys_beyond_loopback(shop: Shop, host: str) -> None:
    """access: require a key of servers that other machines reach.

    Raises:
        BadInput: no key is valid, and ``host`` is not only this machine.
    """
    if is_loopback(host) or has_keys(shop):
        return
    raise BadInput(
        f"other machines reach {host}, and the shop has no key",
        fix="make one: baihuo keys create NAME --scope admin; or listen only on this machine: --host 127.0.0.1",
    )


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches it. Other names than ``localhost`` may be reachable."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _has_file(shop: Shop) -> bool:
    return shop.keys_file.exists() or shop.team_key_file.exists()


def _require_file(shop: Shop, name: str) -> None:
    """Require an existing file: a mistyped folder must not become a shop."""
    if not _has_file(shop):
        raise NotFound(
            f"{shop.root} has no keys, so none named {name[:80]!r}",
            fix="name the shop's folder with --shop; baihuo keys list shows its keys",
        )


@contextmanager
def _key_store(shop: Shop) -> Iterator[KeyStore]:
    store = KeyStore(shop.keys_file)
    try:
        adopted = store.adopt(shop.team_key_file, at_us=now_us())
        if adopted is not None:
            record_audit(shop, "key.adopt", subject=adopted.name, detail=_detail(adopted))
        yield store
    finally:
        store.close()


def _detail(key: ApiKey) -> dict[str, object]:
    of: dict[str, object] = {"advertiser_id": key.advertiser_id} if key.advertiser_id else {}
    about = {"key_id": key.key_id, "scopes": sorted(key.scopes)}
    return {**about, "expires_at_us": key.expires_at_us, **of}


def _end(at_us: int, days: float | None) -> int | None:
    return None if days is None else at_us + int(days * _DAY_US)


def create_account(shop: Shop, name: str, role: Role, *, password: str | None = None) -> Account:
    """access: create an account.

    Args:
        password: None: login is possible after a link of :func:`invite` was used.

    Raises:
        BadInput: a bad name, or a common password.
        Conflict: there is an account of this name.
    """
    require_account_name(name)
    password_hash = None if password is None else _hash(password, name)
    with _account_store(shop) as accounts:
        account = accounts.create(name, role, at_us=now_us(), password_hash=password_hash)
    record_audit(shop, "account.create", subject=name, detail={"role": role})
    return account


def set_account_password(shop: Shop, name: str, password: str) -> Account:
    """access: set a new password. The account's sessions end.

    Raises:
        BadInput: a common password.
        NotFound: there is no such account.
    """
    password_hash = _hash(password, name)
    with _existing(shop, name) as accounts:
        account = accounts.set_password(name, password_hash)
    record_audit(shop, "account.password", subject=name)
    return account


def invite(shop: Shop, name: str, *, url: str | None = None) -> str:
    """access: make a link that sets an account's password, once, within a day.

    Args:
        url: Where people reach the server; None: from ``serve.host`` and ``serve.port``.

    Raises:
        NotFound: there is no such account.
    """
    settings = shop.settings().serve
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host
    host = f"[{host}]" if ":" in host else host
    base = url.rstrip("/") if url else f"http://{host}:{settings.port}"
    with _existing(shop, name) as accounts:
        token = accounts.invite(name, at_us=now_us())
    record_audit(shop, "account.invite", subject=name)
    return f"{base}/console/invite?token={token}"


def set_account_role(shop: Shop, name: str, role: Role) -> Account:
    """access: change the role, from the next request on.

    Raises:
        NotFound: there is no such account.
    """
    with _existing(shop, name) as accounts:
        account = accounts.set_role(name, role)
    record_audit(shop, "account.role", subject=name, detail={"role": role})
    return account


def disable_account(shop: Shop, name: str) -> Account:
    """access: disable an account; its sessions end.

    Raises:
        NotFound: there is no such account.
    """
    with _existing(shop, name) as accounts:
        account = accounts.disable(name, at_us=now_us())
    record_audit(shop, "account.disable", subject=name)
    return account


def enable_account(shop: Shop, name: str) -> Account:
    """access: enable a disabled account.

    Raises:
        NotFound: there is no such account.
    """
    with _existing(shop, name) as accounts:
        account = accounts.enable(name)
    record_audit(shop, "account.enable", subject=name)
    return account


def delete_account(shop: Shop, name: str) -> Account:
    """access: remove an account; its audit entries stay.

    Raises:
        NotFound: there is no such account.
    """
    with _existing(shop, name) as accounts:
        account = accounts.delete(name)
    record_audit(shop, "account.delete", subject=name)
    return account


def all_accounts(shop: Shop) -> list[Account]:
    """access: list the shop's accounts, without password hashes."""
    if not shop.accounts_file.exists():
        return []
    with _account_store(shop) as accounts:
        return accounts.all_accounts()


def _hash(password: str, name: str) -> str:
    require_good_password(password, name=name)
    return Passwords().hash(password)


@contextmanager
def _existing(shop: Shop, name: str) -> Iterator[AccountStore]:
    """Require an existing file: a mistyped folder must not become a shop."""
    if not shop.accounts_file.exists():
        raise NotFound(
            f"{shop.root} has no accounts, so none named {name[:80]!r}",
            fix="name the shop's folder with --shop; baihuo accounts list shows its accounts",
        )
    with _account_store(shop) as accounts:
        yield accounts


@contextmanager
def _account_store(shop: Shop) -> Iterator[AccountStore]:
    file = AccountsFile(shop.accounts_file)
    try:
        yield AccountStore(file)
    finally:
        file.close()
