"""What an older version left, as a table."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.markup import escape
from rich.table import Table

from baihuo.flow import UpgradeItem

_STYLES = {"current": "green", "migrates": "yellow", "remake": "yellow", "broken": "bold red"}


def upgrade_table(items: Sequence[UpgradeItem]) -> Table:
    """A line for each item."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("what", "state", "found", "fix"):
        table.add_column(name, overflow="fold")
    for item in items:
        state = f"[{_STYLES[item.state]}]{item.state}[/]"
        table.add_row(escape(item.what), state, escape(item.found), escape(item.fix))
    return table
