"""Imports as a table."""

from __future__ import annotations

from rich.table import Table

from baihuo.cli.tables.cells import count, empty_table
from baihuo.connect import ImportRecord


def imports_table(records: list[ImportRecord]) -> Table:
    """Rows imported and rows refused, by file."""
    table = empty_table("What came in", "", "rows in", "kept", "quarantined")
    for r in records:
        name = ", ".join(f.rsplit("/", 1)[-1] for f in r.files)
        table.add_row(f"{r.kind}: {name}", count(r.n_in), count(r.n_kept), count(r.n_quarantined))
        for reason, n in sorted(r.reasons.items(), key=lambda x: -x[1]):
            table.add_row(f"  {reason}", "", "", count(n), style="dim")
    return table
