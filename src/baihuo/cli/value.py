"""``baihuo value``: the cost of each kind of finding to models and shop."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer
from rich.table import Table

from baihuo.cli.context import ShopOption, shop_context, stderr, stdout
from baihuo.cli.tables import count, dense_table
from baihuo.core import BadInput
from baihuo.settings import Settings, Shop

if TYPE_CHECKING:
    from baihuo.evaluate import Interval
    from baihuo.valuation import Encode, ValueReport, ValueSettings


def value(
    shop: ShopOption = None,
    checked: Annotated[
        Path | None,
        typer.Option(help="A folder of `baihuo check --out` instead of a shop."),
    ] = None,
    hours: Annotated[
        float | None,
        typer.Option(min=0, help="Hours available for fixing [default: value.hours]."),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(help="Rank by skill, ndcg, log_loss or money [default: value.by]."),
    ] = None,
    minutes: Annotated[
        float,
        typer.Option(min=0, help="Time for retraining; the remaining kinds get data values."),
    ] = 10.0,
    rows: Annotated[int, typer.Option(min=0, help="Harmful rows to list for each table.")] = 50,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the resampling.")] = 7,
    out: Annotated[
        Path | None, typer.Option(help="Folder for value.json, value.html and harmful_rows.csv.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print value.json instead of the tables.")
    ] = False,
) -> None:
    """Estimate the cost of each kind of finding by retraining models with and without its unfixed rows.

    Two fast models, one of interests (nDCG@20, money) and one of clicks (log-loss), are trained on the clean rows, and on the clean rows
    with one kind put back, and tested on the same held-out weeks; 95% intervals are over visitors. Kinds beyond the time limit get data
    values (KNN-Shapley) instead, marked with *. Then come what to fix first in the available hours, with the minutes of `value` in
    shop.yaml, and the most harmful rows. Changes nothing. docs/value.md has the rules.

    Exit codes: 0 done; 1 an error; 2 bad input or usage.

    \b
    baihuo value --out value
    baihuo value --hours 4 --by money
    baihuo value --checked checked --minutes 2 --json
    """
    from baihuo.engine import DuckTables
    from baihuo.valuation import ValueOptions, value_dirt, write_value

    with (
        shop_context(shop) as (folder, progress),
        tempfile.TemporaryDirectory(prefix="baihuo-value-") as temporary,
    ):
        settings = Settings() if checked else folder.settings()
        engine = settings.engine
        report = value_dirt(
            DuckTables(
                memory_mb=engine.memory_mb, threads=engine.threads, spill_dir=Path(temporary)
            ),
            checked or folder.clean,
            options=ValueOptions(
                settings=_with_flags(settings.value, hours, by),
                retrain_minutes=minutes,
                n_rows=rows,
                seed=seed,
            ),
            encode=_encoder(None if checked else folder, Path(temporary)),
            progress=progress,
        )
    if out is not None:
        write_value(report, out)
    if as_json:
        typer.echo(report.to_json(), nl=False)
    else:
        for table in value_tables(report):
            stdout.print(table)
    for note in report.notes:
        stderr.print(note, markup=False, highlight=False)
    if out is not None:
        stderr.print(f"report: {out / 'value.html'}")


def _with_flags(settings: ValueSettings, hours: float | None, by: str | None) -> ValueSettings:
    from baihuo.valuation import Metric

    changed: dict[str, object] = {}
    if hours is not None:
        changed["hours"] = hours
    if by is not None:
        if by not in get_args(Metric):
            raise BadInput(f"--by cannot be {by!r}", fix=f"use {', '.join(get_args(Metric))}")
        changed["by"] = by
    return settings.model_copy(update=changed)


def _encoder(shop: Shop | None, work: Path) -> Callable[[], Encode]:
    """Return the shop's encoder, else the default one."""

    def opened() -> Encode:
        from baihuo.encode import MINILM, Encoders, export_encoders

        has_own = shop is not None and (shop.encoders / "encoders.json").exists()
        folder = (
            shop.encoders if shop is not None and has_own else export_encoders(work / "encoders")
        )
        encoder = Encoders.open(folder).get(MINILM)
        return lambda titles: encoder.encode(list(titles))

    return opened


# Cost of each kind of dirt.


def value_tables(report: ValueReport) -> list[Table]:
    """Build tables of what to fix first, of every kind with costs and 95% intervals, and of kinds that no model measures."""
    first = dense_table(
        f"Fix this first, in {report.hours:g} hours, by {report.by}",
        "finding",
        padding=(0, 1, 0, 0),
    )
    for name in ("rows", "hours", "value", "an hour"):
        first.add_column(name, justify="right", no_wrap=True)
    for kind in report.first:
        hours, value = f"{kind.minutes / 60:.1f}", f"{kind.value:.4g}"
        first.add_row(kind.name, count(kind.n_rows), hours, value, f"{kind.value_per_hour:.4g}")
    if not report.first:
        first.add_row("no kind costs more than chance", "", "", "", "")
    costs = dense_table("Cost of each kind if it stays (95%)", "finding", padding=(0, 1, 0, 0))
    columns = [
        m
        for m in ("ndcg", "log_loss", "skill", "money")
        if any(getattr(k, m) for k in report.kinds)
    ]
    for name in ("rows", *columns, "wrong in books"):
        costs.add_column(name, justify="right", no_wrap=True)
    silent = dense_table("Costs nothing here, or not measured", "finding", padding=(0, 1, 0, 0))
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
    """Format a cost, and below it the ends of its interval.

    >>> from baihuo.evaluate import Interval
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
