"""Accounts as a table and as rows of JSON."""

from __future__ import annotations

from typing import Any

from rich import box
from rich.table import Table

from baihuo.access import Account
from baihuo.cli.tables.keys import iso_time


def accounts_table(accounts: list[Account]) -> Table:
    """A line for each account."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("name", "role", "state"):
        table.add_column(name, overflow="fold")
    for name in ("made", "last login"):
        table.add_column(name, no_wrap=True)
    for row in map(account_row, accounts):
        times = ((row[name] or "–")[:10] for name in ("created_at", "last_login_at"))
        table.add_row(row["name"], row["role"], row["state"], *times)
    return table


def account_row(account: Account) -> dict[str, Any]:
    """An account as JSON, times as ISO 8601."""
    return {
        "name": account.name,
        "role": account.role,
        "state": account.state,
        "created_at": iso_time(account.created_at_us),
        "disabled_at": iso_time(account.disabled_at_us),
        "last_login_at": iso_time(account.last_login_at_us),
    }
