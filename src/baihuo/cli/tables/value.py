"""What each kind of dirt costs."""

from __future__ import annotations

from rich import box
from rich.table import Table

from baihuo.cli.tables.cells import count
from baihuo.evaluate import Interval
from baihuo.valuation import ValueReport


def value_tables(report: ValueReport) -> list[Table]:
    """What to fix first; then every kind with its costs and 95% intervals; then what no model here can say."""
    first = _table(f"Fix this first, in {report.hours:g} hours, by {report.by}")
    for name in ("rows", "hours", "value", "an hour"):
        first.add_column(name, justify="right", no_wrap=True)
    for kind in report.first:
        hours, value = f"{kind.minutes / 60:.1f}", f"{kind.value:.4g}"
        first.add_row(kind.name, count(kind.n_rows), hours, value, f"{kind.value_per_hour:.4g}")
    if not report.first:
        first.add_row("nothing that costs more than chance", "", "", "", "")
    costs = _table("What each kind costs if it stays as it came (95%)")
    columns = [
        m
        for m in ("ndcg", "log_loss", "skill", "money")
        if any(getattr(k, m) for k in report.kinds)
    ]
    for name in ("rows", *columns, "wrong in books"):
        costs.add_column(name, justify="right", no_wrap=True)
    silent = _table("Costs nothing here, or not measured")
    silent.add_column("why")
    for kind in report.kinds:
        if kind.why:
            silent.add_row(kind.name, kind.why, style="dim")
            continue
        if not kind.misreported_minor and all(_is_nothing(getattr(kind, m)) for m in columns):
            silent.add_row(kind.name, f"{kind.n_rows:,} rows; the models are the same", style="dim")
            continue
        cells = [cost_cell(getattr(kind, metric), is_money=metric == "money") for metric in columns]
        wrong = money_text(kind.misreported_minor) if kind.misreported_minor else "–"
        costs.add_row(
            kind.name + (" *" if kind.how == "data values" else ""),
            count(kind.n_rows),
            *cells,
            wrong,
        )
    return [table for table in (first, costs, silent) if table.row_count]


def cost_cell(cost: Interval | None, *, is_money: bool = False) -> str:
    """The cost, and below it the ends of its interval.

    >>> cost_cell(Interval(0.0123, -0.004, 0.02)).split("\\n"), cost_cell(Interval(0.0, 0.0, 0.0)), cost_cell(None)
    (['+0.0123', '-.0040 .0200'], '0', '–')
    >>> cost_cell(Interval(123456.0, 100.0, 200000.0), is_money=True).split("\\n")
    ['+1,235', '1 2,000']
    """
    if cost is None:
        return "–"
    if (cost.low, cost.mid, cost.high) == (0.0, 0.0, 0.0):
        return "0"
    if is_money:
        return f"{cost.mid / 100:+,.0f}\n{cost.low / 100:,.0f} {cost.high / 100:,.0f}"
    low, high = (f"{end:.4f}".replace("0.", ".", 1) for end in (cost.low, cost.high))
    return f"{cost.mid:+.4f}\n{low} {high}"


def _is_nothing(cost: Interval | None) -> bool:
    return cost is None or (cost.low, cost.mid, cost.high) == (0.0, 0.0, 0.0)


def money_text(minor: float) -> str:
    """
    >>> money_text(123456.0)
    '+1,235'
    """
    return f"{minor / 100:+,.0f}"


def _table(title: str) -> Table:
    table = Table(
        title=title,
        box=box.SIMPLE_HEAD,
        title_justify="left",
        title_style="bold",
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
    table.add_column("finding", overflow="fold", min_width=18)
    return table
