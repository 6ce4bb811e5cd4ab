"""Backups as a table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from rich import box
from rich.table import Table

from baihuo.backup import BackupPlace


def backups_table(places: Sequence[BackupPlace]) -> Table:
    """A line for each backup, oldest first."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("backup", no_wrap=True)
    table.add_column("files", justify="right")
    table.add_column("size", justify="right", no_wrap=True)
    table.add_column("keys")
    table.add_column("kept until", no_wrap=True)
    table.add_column("version", no_wrap=True)
    for place in places:
        manifest = place.manifest
        table.add_row(
            place.folder.name,
            f"{len(manifest.files):,}",
            size_text(manifest.n_bytes),
            "yes" if manifest.has_keys else "no",
            time_text(manifest.expires_at_us)[:10],
            manifest.version,
        )
    return table


def size_text(n_bytes: int) -> str:
    """Bytes for people.

    >>> size_text(999), size_text(12_345_678)
    ('999 B', '12.3 MB')
    """
    size, units = float(n_bytes), ["B", "kB", "MB", "GB", "TB"]
    while size >= 1_000 and len(units) > 1:
        size /= 1_000
        units.pop(0)
    return f"{size:.0f} B" if units[0] == "B" else f"{size:.1f} {units[0]}"


def time_text(at_us: int) -> str:
    """A moment, UTC.

    >>> time_text(0)
    '1970-01-01 00:00:00 UTC'
    """
    return f"{datetime.fromtimestamp(at_us // 1_000_000, UTC):%Y-%m-%d %H:%M:%S} UTC"
