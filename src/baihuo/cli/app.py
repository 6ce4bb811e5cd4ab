"""One command a stage of the line. Results go to standard output, everything said to standard error.

Exit codes, for schedulers: 0 done; 2 bad input or usage; 3 stopped by data quality; 4 refused by
the gate; 1 a bug (with its traceback).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from baihuo import flow, quality
from baihuo.cli.bars import bars
from baihuo.cli.closing import (
    closing_table,
    gate_table,
    imports_table,
    models_table,
    steps_table,
)
from baihuo.cli.demo import run_demo
from baihuo.cli.features import FeaturesVerb, column_names, make_report, report_table
from baihuo.core import BadInput, GateClosed, QualityStop, ShopError
from baihuo.core.progress import Progress
from baihuo.core.schemas import WORDS, json_schema
from baihuo.features.file import DEFAULT_TEXT
from baihuo.quality import default_rules_text
from baihuo.release import GateReport
from baihuo.settings import Shop, shop_folder
from baihuo.simulate import make_shop

app = typer.Typer(
    name="baihuo",
    help="Search and recommendations for a shop, trained on data that passed its checks.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)
stderr = Console(stderr=True)
stdout = Console()

ShopOption = Annotated[
    Path | None,
    typer.Option("--shop", help="The shop's folder (default: $BAIHUO_SHOP, else ./shop)."),
]


@contextmanager
def _shop(given: Path | None) -> Iterator[tuple[Shop, Progress]]:
    shop = shop_folder(given)
    with bars(stderr) as progress:
        yield shop, progress


@app.command("import")
def import_(
    files: Annotated[list[Path], typer.Argument(help="Files, or a folder of a known data set.")],
    shop: ShopOption = None,
    kind: Annotated[
        str | None, typer.Option(help="events or products (default: by the columns).")
    ] = None,
    file_format: Annotated[
        str | None,
        typer.Option(
            "--format", help="csv, jsonl, parquet, icecat, online_retail (default: by the file)."
        ),
    ] = None,
    pairs: Annotated[
        list[str] | None, typer.Option("--map", help="our_field=their_column, as often as needed.")
    ] = None,
    currency: Annotated[str | None, typer.Option(help="Currency of prices that name none.")] = None,
    encoding: Annotated[str | None, typer.Option(help="Of text files (default: UTF-8).")] = None,
) -> None:
    """Bring files in. Rows that cannot be used go to quarantine with the reason; the rest is kept.

    \b
    baihuo import events.csv products.jsonl
    baihuo import log.csv --map visitor_id=customer --map product_id=sku --currency EUR
    baihuo import ../data/icecat --format icecat
    """
    mapping = dict(_pair(given) for given in pairs or [])
    with _shop(shop) as (folder, progress):
        result = flow.import_files(
            folder,
            files,
            kind=kind,
            file_format=file_format,
            mapping=mapping,
            currency=currency,
            encoding=encoding,
            progress=progress,
        )
    stdout.print(imports_table(list(result.records)))
    if result.n_known:
        stderr.print(f"{result.n_known:,} rows were imported before and change nothing")


@app.command("check")
def check(
    shop: ShopOption = None,
    explain: Annotated[
        str | None, typer.Option(help="What a check looks for, why, how to mend.")
    ] = None,
    rules: Annotated[bool, typer.Option("--rules", help="Print the default quality.yaml.")] = False,
) -> None:
    """Check everything that came in; write the clean tables, the findings and the report.

    \b
    baihuo check
    baihuo check --explain from_the_future
    baihuo check --rules > shop/quality.yaml
    """
    if rules:
        typer.echo(default_rules_text())
        return
    if explain is not None:
        typer.echo(quality.explain(explain))
        return
    with _shop(shop) as (folder, progress):
        report = flow.check(folder, progress=progress)
    stdout.print(steps_table(report))
    stderr.print(f"report: {folder.clean / 'report.html'}")
    report.raise_if_stopped()


@app.command("features")
def features(
    what: Annotated[
        FeaturesVerb,
        typer.Argument(help="state, file (a features.yaml to begin with), columns, or report."),
    ] = FeaturesVerb.STATE,
    shop: ShopOption = None,
    fits: Annotated[
        int, typer.Option(min=1, max=20, help="Of the report: trainings averaged, each row.")
    ] = 3,
) -> None:
    """Compute what serving looks up: the state of every product and visitor as of now.

    \b
    baihuo features
    baihuo features file > shop/features.yaml
    baihuo features columns
    baihuo features report --fits 3
    """
    if what is FeaturesVerb.FILE:
        typer.echo(DEFAULT_TEXT, nl=False)
        return
    with _shop(shop) as (folder, progress):
        if what is FeaturesVerb.COLUMNS:
            typer.echo("\n".join(column_names(folder)))
        elif what is FeaturesVerb.REPORT:
            report, written = make_report(folder, n_seeds=fits, progress=progress)
            stdout.print(report_table(report))
            stderr.print(f"report: {written}")
        else:
            typer.echo(flow.make_state(folder, progress=progress))


@app.command("index")
def index(shop: ShopOption = None) -> None:
    """Build the index generation of the clean catalogue: words, vectors, columns.

    \b
    baihuo index
    """
    with _shop(shop) as (folder, progress):
        typer.echo(flow.make_index(folder, progress=progress))


@app.command("train")
def train(shop: ShopOption = None) -> None:
    """Train on the clean data and write a bundle. Refused while the quality report stops it.

    \b
    baihuo train
    """
    with _shop(shop) as (folder, progress):
        trained = flow.train(folder, progress=progress)
    stdout.print(models_table(trained.report))
    typer.echo(trained.bundle_id)


@app.command("evaluate")
def evaluate(
    bundle_id: Annotated[
        str | None, typer.Argument(help="Which bundle (default: the newest).")
    ] = None,
    shop: ShopOption = None,
) -> None:
    """Show how a bundle did on its held-out time, beside the baselines, with intervals.

    \b
    baihuo evaluate
    """
    with _shop(shop) as (folder, _):
        report = flow.evaluate(folder, bundle_id)
    stdout.print(models_table(report))


@app.command("release")
def release(
    bundle_id: Annotated[
        str | None, typer.Argument(help="Which bundle (default: the newest).")
    ] = None,
    shop: ShopOption = None,
) -> None:
    """Put a bundle through the gate and, if it passes, make it live without a failed request.

    \b
    baihuo release
    """
    with _shop(shop) as (folder, progress):
        report = flow.release(folder, bundle_id, progress=progress)
    stdout.print(gate_table(report))


@app.command("rollback")
def rollback(shop: ShopOption = None) -> None:
    """Make the bundle before the live one live again.

    \b
    baihuo rollback
    """
    with _shop(shop) as (folder, _):
        typer.echo(flow.rollback(folder))


@app.command("update")
def update(
    shop: ShopOption = None,
    every_hours: Annotated[
        float | None, typer.Option(min=0.01, help="Do it again on this schedule, until stopped.")
    ] = None,
) -> None:
    """Train on from the live weights with what is new, and release it if it passes the same gate.

    \b
    baihuo update
    baihuo update --every-hours 6
    """
    with _shop(shop) as (folder, progress):
        if every_hours is None:
            stdout.print(gate_table(flow.update_live(folder, progress=progress)))
        else:
            flow.update_on_schedule(folder, every_hours=every_hours, said=_told, progress=progress)


@app.command("serve")
def serve(
    shop: ShopOption = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535)] = None,
    workers: Annotated[int | None, typer.Option(min=1, max=64)] = None,
) -> None:
    """Serve the storefront at / and the API at /v1 (its pages at /docs).

    \b
    baihuo serve
    baihuo serve --workers 2 --port 8080
    """
    flow.serve(shop_folder(shop), host=host, port=port, workers=workers)


@app.command("simulate")
def simulate(
    out: Annotated[Path, typer.Argument(help="Folder for the files.")],
    products: Annotated[int, typer.Option(min=200, help="How many products.")] = 5000,
    events: Annotated[int, typer.Option(min=100, help="How many events.")] = 300_000,
    seed: Annotated[int, typer.Option(help="Same seed, same bytes.")] = 7,
    dirt: Annotated[float, typer.Option(min=0, max=0.5, help="Share of dirty rows.")] = 0.02,
) -> None:
    """Write a sample shop's files: catalogue, behaviour, pictures, and the truth behind them.

    \b
    baihuo simulate sample --events 1000000 --seed 3
    """
    with bars(stderr) as progress:
        make_shop(
            out, n_products=products, n_events=events, seed=seed, dirt=dirt, progress=progress
        )
    typer.echo(out)


@app.command("demo")
def demo(
    shop: ShopOption = None,
    shop_kind: Annotated[str, typer.Option(help="sample, icecat or online_retail.")] = "sample",
    data: Annotated[Path | None, typer.Option(help="Folder of the real data.")] = None,
    once: Annotated[bool, typer.Option("--once", help="End after the closing table.")] = False,
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8000,
    workers: Annotated[int, typer.Option(min=1, max=64)] = 1,
) -> None:
    """Run the whole line, from dirty files to a storefront.

    \b
    baihuo demo
    baihuo demo --shop-kind icecat --data ../shared/data/icecat --once
    """
    with _shop(shop) as (folder, progress):
        told = run_demo(folder, shop_kind, data, progress)
    stdout.print(closing_table(told))
    if not once:
        stderr.print(f"storefront: http://127.0.0.1:{port}   API: http://127.0.0.1:{port}/docs")
        flow.serve(folder, host=None, port=port, workers=workers)


@app.command("schema")
def schema(
    word: Annotated[str | None, typer.Argument(help="event, product, query or page.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write all of them to this folder.")] = None,
) -> None:
    """Print the JSON Schema of one of our words, made from the code itself.

    \b
    baihuo schema event
    baihuo schema --out docs/schemas
    """
    if word is not None and word not in WORDS:
        raise BadInput(f"there is no schema {word!r}", fix=f"one of {', '.join(sorted(WORDS))}")
    for name in [word] if word else sorted(WORDS):
        text = json.dumps(json_schema(name), indent=2, ensure_ascii=False)
        if out is None:
            typer.echo(text)
        else:
            out.mkdir(parents=True, exist_ok=True)
            (out / f"{name}.schema.json").write_text(text + "\n", encoding="utf-8")


@app.command("docs")
def docs() -> None:
    """Print docs/cli.md: the help of every command.

    \b
    baihuo docs > docs/cli.md
    """
    from typer.testing import CliRunner

    runner = CliRunner(env={"COLUMNS": "100", "TERM": "dumb", "NO_COLOR": "1"})
    typer.echo("# The command line\n\nMade by `baihuo docs > docs/cli.md`; a test compares.\n")
    for command in app.registered_commands:
        printed = runner.invoke(app, [command.name or "", "--help"], prog_name="baihuo").output
        typer.echo(f"## baihuo {command.name}\n\n```\n{printed.strip()}\n```\n")


def _pair(given: str) -> tuple[str, str]:
    ours, equals, theirs = given.partition("=")
    if not (ours and equals and theirs):
        raise BadInput(f"--map {given!r} is not a pair", fix="write --map our_field=their_column")
    return ours, theirs


def _told(said: GateReport | ShopError) -> None:
    """One line a turn of the schedule, as JSON, for whoever collects logs."""
    if isinstance(said, ShopError):
        typer.echo(json.dumps({"released": None, "error": said.what, "fix": said.fix}))
    else:
        typer.echo(json.dumps({"released": said.bundle_id}))


def main() -> None:
    """The ``baihuo`` command: our errors as two lines, a bug with its traceback."""
    try:
        app()
    except ShopError as error:
        stderr.print(f"[bold red]{type(error).__name__}[/]: ", end="")
        stderr.print(error.what, markup=False, highlight=False)
        stderr.print(f"  fix: {error.fix}", markup=False, highlight=False)
        code = 3 if isinstance(error, QualityStop) else 4 if isinstance(error, GateClosed) else 2
        sys.exit(code)
