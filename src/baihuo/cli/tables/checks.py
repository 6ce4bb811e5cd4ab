"""What the checks did, as a table."""

from __future__ import annotations

from rich.markup import escape
from rich.table import Table

from baihuo.cli.tables.cells import count, empty_table
from baihuo.cli.tables.rows import printable
from baihuo.quality import Finding, QualityReport, StepCount, WithheldValues

_MOST_VALUE = 40  # characters of a value that an import could not read
_MOST_EXAMPLES = 3  # of them; report.html and `baihuo lineage` have more


def steps_table(report: QualityReport) -> Table:
    """Rows in = kept + quarantined + merged, for each step, with the counts of its checks below."""
    table = empty_table(
        "What the checks did", "", "rows in", "kept", "quarantined", "merged", "repaired", "noted"
    )
    for name in ("products", "events"):
        total = report.table(name)
        refused = next((r for r in report.refused if r.table == name), None)
        withheld = next((w for w in report.withheld if w.table == name), None)
        if not total.n_in and refused is None:
            continue
        if refused is not None:
            table.add_row(
                f"{name}: refused at import",
                count(refused.n_read),
                "",
                count(refused.n_refused),
            )
            for reason, n in refused.reasons.items():
                table.add_row(f"  {reason}", "", "", count(n), style="dim")
        if withheld is not None:
            _withheld(table, withheld)
        noted = {f.step for f in report.noted if f.table == name}
        idle_steps = [
            s.step
            for s in report.steps
            if s.table == name and s.step not in noted and not (s.touched or s.n_erased)
        ]
        for s in (s for s in report.steps if s.table == name and s.step not in idle_steps):
            _count(table, f"{name}: {s.step}", s)
            for f in report.findings:
                if (f.step, f.table) == (s.step, s.table):
                    cells = [
                        count(f.n_rows) if f.action == a else ""
                        for a in ("quarantine", "merge", "repair", "note")
                    ]
                    table.add_row(f"  {_check(f)}", "", "", *cells, style="dim")
        if idle_steps:
            table.add_row(f"  nothing found: {', '.join(idle_steps)}", style="dim")
        if name == "products":
            for line in report.looked_at:
                table.add_row(f"  {line}", style="dim")
        _count(table, f"{name}: in all", total, style="bold")
        table.add_section()
    return table


def _check(finding: Finding) -> str:
    """Its name; where one fault has many rows (a bot, a flood) how many faults those rows are."""
    if not finding.largest:
        return finding.check
    return f"{finding.check}, {count(finding.n_findings)} finding{'s' * (finding.n_findings != 1)}"


def _withheld(table: Table, withheld: WithheldValues) -> None:
    """Values that the import could not read; their rows are in, so they count in no column of rows."""
    line = f"{withheld.table}: withheld at import, {_values(withheld.n_withheld)}"
    table.add_row(line, count(withheld.n_read))
    for reason, n in withheld.reasons.items():
        table.add_row(f"  {reason}, {_values(n)}", style="dim")
    for x in withheld.examples[:_MOST_EXAMPLES]:
        value = str(x["value"])[:_MOST_VALUE]
        cell = escape(printable(f"{x['field']} {value!r}"))
        example = f"  row {x['row_id']}: {cell}; {escape(x['fix'])}"
        table.add_row(example, style="dim")


def _values(n: int) -> str:
    return f"{count(n)} value{'s' * (n != 1)}"


def _count(table: Table, name: str, s: StepCount, style: str = "") -> None:
    table.add_row(
        name,
        count(s.n_in),
        count(s.n_kept),
        count(s.n_quarantined),
        count(s.n_merged),
        count(s.n_repaired),
        count(s.n_noted),
        style=style,
    )
