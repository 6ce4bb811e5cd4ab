"""``baihuo value``: what each kind of finding costs the models and the shop."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from baihuo.cli.context import ShopOption, shop_context, stderr, stdout
from baihuo.core import BadInput
from baihuo.settings import Settings, Shop

if TYPE_CHECKING:
    from baihuo.valuation import Encode, ValueSettings


def value(
    shop: ShopOption = None,
    checked: Annotated[
        Path | None,
        typer.Option(help="A folder of `baihuo check --out` instead of a shop."),
    ] = None,
    hours: Annotated[
        float | None,
        typer.Option(min=0, help="Hours that there are for fixing [default: value.hours]."),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(help="Rank by skill, ndcg, log_loss or money [default: value.by]."),
    ] = None,
    minutes: Annotated[
        float,
        typer.Option(
            min=0, help="Time for retraining; kinds that it does not reach get data values."
        ),
    ] = 10.0,
    rows: Annotated[
        int, typer.Option(min=0, help="Most harmful rows to list, of each table.")
    ] = 50,
    seed: Annotated[int, typer.Option(min=0, help="Of the resampling.")] = 7,
    out: Annotated[
        Path | None, typer.Option(help="Folder for value.json, value.html and harmful_rows.csv.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print value.json instead of the tables.")
    ] = False,
) -> None:
    """What each kind of finding costs: models retrained with its rows as they came, and without them.

    Two fast models, one of interests (nDCG@20, money) and one of clicks (log-loss), learn from the clean rows and from the clean
    rows with one kind put back, and are tested on the same held-out weeks; 95% intervals are over visitors. Kinds that the time
    does not reach get data values (KNN-Shapley) instead, marked with *. Then comes what to fix first in the hours that there are,
    with the minutes of the section `value` of shop.yaml, and the rows that harm most. Nothing is changed. docs/value.md has the rules.

    Exit codes: 0 done; 1 an error; 2 bad input or usage.

    \b
    baihuo value --out value
    baihuo value --hours 4 --by money
    baihuo value --checked checked --minutes 2 --json
    """
    from baihuo.cli.tables.value import value_tables
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
    """The shop's encoder, else the one that every shop starts with."""

    def opened() -> Encode:
        from baihuo.encode import MINILM, Encoders, export_encoders

        has_own = shop is not None and (shop.encoders / "encoders.json").exists()
        folder = (
            shop.encoders if shop is not None and has_own else export_encoders(work / "encoders")
        )
        encoder = Encoders.open(folder).get(MINILM)
        return lambda titles: encoder.encode(list(titles))

    return opened
