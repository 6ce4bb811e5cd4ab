"""Entries of the audit log as a table."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from rich import box
from rich.markup import escape
from rich.table import Table

from baihuo.access import AuditEntry
from baihuo.cli.tables.rows import printable

_WIDEST = 120  # characters of a detail that a table shows; --json has all


def _short(text: str) -> str:
    return text if len(text) <= _WIDEST else f"{text[:_WIDEST]}…"


def audit_table(entries: list[AuditEntry]) -> Table:
    """A line for each entry, oldest first."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("entry", justify="right")
    for name in ("at (UTC)", "who", "what"):
        table.add_column(name, no_wrap=True)
    for name in ("of", "detail"):
        table.add_column(name, overflow="fold", min_width=12)
    for entry in entries:
        at = datetime.fromtimestamp(entry.at_us / 1e6, UTC)
        detail = _short(json.dumps(entry.detail, ensure_ascii=False)) if entry.detail else ""
        texts = (entry.actor, entry.action, entry.subject, detail)
        cells = (escape(printable(text)) for text in texts)
        table.add_row(f"{entry.seq:,}", f"{at:%Y-%m-%d %H:%M:%S}", *cells)
    return table
