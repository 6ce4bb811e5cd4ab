"""Keys of the API as a table and as rows of JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from rich import box
from rich.table import Table

from baihuo.access import ApiKey


def keys_table(keys: list[ApiKey], at_us: int) -> Table:
    """A line for each key."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("name", "id", "scopes", "state"):
        table.add_column(name, overflow="fold")
    for name in ("made", "ends", "last used"):
        table.add_column(name, no_wrap=True)
    for key in keys:
        row = key_row(key, at_us)
        times = ((row[name] or "–")[:10] for name in ("created_at", "expires_at", "last_used_at"))
        table.add_row(key.name, key.key_id, " ".join(row["scopes"]), row["state"], *times)
    return table


def key_row(key: ApiKey, at_us: int) -> dict[str, Any]:
    """A key as JSON, times as ISO 8601."""
    state = "valid" if key.is_valid(at_us) else "revoked" if key.revoked_at_us else "expired"
    return {
        "name": key.name,
        "key_id": key.key_id,
        "scopes": sorted(key.scopes),
        "state": state,
        "created_at": iso_time(key.created_at_us),
        "expires_at": iso_time(key.expires_at_us),
        "revoked_at": iso_time(key.revoked_at_us),
        "last_used_at": iso_time(key.last_used_at_us),
    }


def iso_time(at_us: int | None) -> str | None:
    """ISO 8601 to the minute, UTC; None for none."""
    if at_us is None:
        return None
    return f"{datetime.fromtimestamp(at_us // 1_000_000, UTC):%Y-%m-%dT%H:%MZ}"
