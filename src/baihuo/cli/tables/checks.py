"""What the checks did."""

from __future__ import annotations

from rich.table import Table

from baihuo.cli.tables.cells import count, empty_table
from baihuo.quality import QualityReport, StepCount


def steps_table(report: QualityReport) -> Table:
    """Rows in = kept + quarantined + merged, step by step, and below each step what its checks did."""
    table = empty_table(
        "What the checks did", "", "rows in", "kept", "quarantined", "merged", "repaired"
    )
    for name in ("products", "events"):
        total = report.table(name)
        missing = next((r for r in report.refused if r.table == name), None)
        if not total.n_in and missing is None:
            continue
        if missing is not None:
            table.add_row(
                f"{name}: refused at import",
                count(missing.n_read),
                "",
                count(missing.n_refused),
                "",
                "",
            )
            for reason, n in missing.reasons.items():
                table.add_row(f"  {reason}", "", "", count(n), "", "", style="dim")
        silent = [s.step for s in report.steps if s.table == name and not (s.touched or s.n_erased)]
        for s in (s for s in report.steps if s.table == name and s.step not in silent):
            _count(table, f"{name}: {s.step}", s)
            for f in report.findings:
                if (f.step, f.table) == (s.step, s.table) and f.is_change:
                    cells = [
                        count(f.n_rows) if f.action == a else ""
                        for a in ("quarantine", "merge", "repair")
                    ]
                    table.add_row(f"  {f.check}", "", "", *cells, style="dim")
        if silent:
            words = f"  nothing to do: {', '.join(silent)}"
            table.add_row(words, "", "", "", "", "", style="dim")
        for f in (f for f in report.findings if f.table == name and f.action == "note"):
            noted = f"  noted only: {f.check}, {count(f.n_rows)}"
            table.add_row(noted, "", "", "", "", "", style="dim")
        if name == "products":
            for words in report.looked_at:
                table.add_row(f"  {words}", "", "", "", "", "", style="dim")
        _count(table, f"{name}: in all", total, style="bold")
        table.add_section()
    return table


def _count(table: Table, name: str, s: StepCount, style: str = "") -> None:
    table.add_row(
        name,
        count(s.n_in),
        count(s.n_kept),
        count(s.n_quarantined),
        count(s.n_merged),
        count(s.n_repaired),
        style=style,
    )
