"""Results of the checks on known faults."""

from __future__ import annotations

from rich import box
from rich.table import Table

from baihuo.cli.tables.cells import count
from baihuo.exam import ExamReport, Share

_MET = {"met": "yes", "not met": "no", "too few": "few", "false alarms": "no", "not examined": ""}


def exam_tables(report: ExamReport) -> list[Table]:
    """Build tables with a line for each check with 95% intervals, and the checks that could not be examined."""
    rows = f"{count(report.n_events)} events and {count(report.n_products)} products"
    table = _table(f"Known faults in {rows}, with 95% intervals")
    for name in ("faults", "found", "recall", "findings", "precision"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("met", no_wrap=True)
    for result in report.examined:
        table.add_row(
            result.check,
            count(result.n_injected),
            count(result.n_found),
            share_cell(result.recall),
            count(result.n_found + result.n_wrong),
            share_cell(result.precision),
            _MET[result.outcome],
        )
    reasons = _table("Not examined")
    reasons.add_column("why")
    for result in report.not_examined:
        reasons.add_row(result.check, result.reason, style="dim")
    return [t for t in (table, reasons) if t.row_count]


def share_cell(share: Share) -> str:
    """
    >>> share_cell(Share(9, 10)), share_cell(Share(0, 0))
    ('0.90 .60–.98', '–')
    """
    if share.value is None:
        return "–"
    low, high = (f"{end:.2f}".removeprefix("0") for end in (share.low, share.high))
    return f"{share.value:.2f} {low}–{high}"


def _table(title: str) -> Table:
    table = Table(
        title=title,
        box=box.SIMPLE_HEAD,
        title_justify="left",
        title_style="bold",
        padding=0,
        pad_edge=False,
    )
    table.add_column("check", overflow="fold", min_width=18)
    return table
