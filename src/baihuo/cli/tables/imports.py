"""Imports as a table."""

from __future__ import annotations

from rich.table import Table

from baihuo.cli.tables.cells import count, empty_table
from baihuo.connect import ImportRecord


def imports_table(records: list[ImportRecord]) -> Table:
    """Rows imported, rows refused, values withheld from imported rows and cells with personal data masked, by file."""
    table = empty_table(
        "What came in", "", "rows in", "kept", "quarantined", "values withheld", "masked"
    )
    for r in records:
        name = ", ".join(f.rsplit("/", 1)[-1] for f in r.files)
        counts = (r.n_in, r.n_kept, r.n_quarantined, r.n_withheld, r.n_masked)
        table.add_row(f"{r.kind}: {name}", *map(count, counts))
        for reason in sorted({*r.reasons, *r.withheld}, key=lambda x: -_n(r, x)):
            n_rows, n_values = r.reasons.get(reason, 0), r.withheld.get(reason, 0)
            cells = [count(n) if n else "" for n in (n_rows, n_values)]
            table.add_row(f"  {reason}", "", "", *cells, style="dim")
        for kind, n in r.masked.items():
            table.add_row(f"  {kind}", "", "", "", "", count(n), style="dim")
    return table


def _n(record: ImportRecord, reason: str) -> int:
    return record.reasons.get(reason, 0) + record.withheld.get(reason, 0)
