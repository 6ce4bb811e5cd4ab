"""Accounts of the people who run a shop."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from baihuo.access import (
    Account,
    AccountsFile,
    AccountStore,
    Passwords,
    Role,
    require_account_name,
    require_good_password,
)
from baihuo.core import NotFound, now_us
from baihuo.flow.auditing import record_audit
from baihuo.settings import Shop


def create_account(shop: Shop, name: str, role: Role, *, password: str | None = None) -> Account:
    """access: a new account.

    Args:
        password: None: nobody can log in until a link of :func:`invite` was used.

    Raises:
        BadInput: a bad name, or a password that is guessed first.
        Conflict: there is an account of this name.
    """
    require_account_name(name)
    password_hash = None if password is None else _hash(password, name)
    with _store(shop) as accounts:
        account = accounts.create(name, role, at_us=now_us(), password_hash=password_hash)
    record_audit(shop, "account.create", subject=name, detail={"role": role})
    return account


def set_account_password(shop: Shop, name: str, password: str) -> Account:
    """access: another password. Whoever is logged in with the account is logged out.

    Raises:
        BadInput: it is a password that is guessed first.
        NotFound: there is no such account.
    """
    password_hash = _hash(password, name)
    with _existing(shop, name) as accounts:
        account = accounts.set_password(name, password_hash)
    record_audit(shop, "account.password", subject=name)
    return account


def invite(shop: Shop, name: str, *, url: str | None = None) -> str:
    """access: a link with which its holder sets the password of an account, once, within a day.

    Args:
        url: Where people reach the server; None: as ``serve.host`` and ``serve.port`` have it.

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
    """access: another role, from the next request on.

    Raises:
        NotFound: there is no such account.
    """
    with _existing(shop, name) as accounts:
        account = accounts.set_role(name, role)
    record_audit(shop, "account.role", subject=name, detail={"role": role})
    return account


def disable_account(shop: Shop, name: str) -> Account:
    """access: nobody logs in with it, and who is logged in is logged out.

    Raises:
        NotFound: there is no such account.
    """
    with _existing(shop, name) as accounts:
        account = accounts.disable(name, at_us=now_us())
    record_audit(shop, "account.disable", subject=name)
    return account


def enable_account(shop: Shop, name: str) -> Account:
    """access: a disabled account may log in again.

    Raises:
        NotFound: there is no such account.
    """
    with _existing(shop, name) as accounts:
        account = accounts.enable(name)
    record_audit(shop, "account.enable", subject=name)
    return account


def delete_account(shop: Shop, name: str) -> Account:
    """access: remove an account; what it did stays in the audit log.

    Raises:
        NotFound: there is no such account.
    """
    with _existing(shop, name) as accounts:
        account = accounts.delete(name)
    record_audit(shop, "account.delete", subject=name)
    return account


def all_accounts(shop: Shop) -> list[Account]:
    """access: all accounts of the shop, without what is kept of their passwords."""
    if not shop.accounts_file.exists():
        return []
    with _store(shop) as accounts:
        return accounts.all_accounts()


def _hash(password: str, name: str) -> str:
    require_good_password(password, name=name)
    return Passwords().hash(password)


@contextmanager
def _existing(shop: Shop, name: str) -> Iterator[AccountStore]:
    """A mistyped folder must not become a shop."""
    if not shop.accounts_file.exists():
        raise NotFound(
            f"{shop.root} has no accounts, so none is called {name[:80]!r}",
            fix="name the shop's folder with --shop; baihuo accounts list shows its accounts",
        )
    with _store(shop) as accounts:
        yield accounts


@contextmanager
def _store(shop: Shop) -> Iterator[AccountStore]:
    file = AccountsFile(shop.accounts_file)
    try:
        yield AccountStore(file)
    finally:
        file.close()
