"""One command a stage of the line. Results go to standard output, everything said to standard error.

Exit codes, for schedulers: 0 done; 1 an error (another run holds the folder, a full disk; a bug shows
its traceback); 2 bad input or usage; 3 warnings, where ``--fail-on warn`` asks; 4 stopped by data
quality; 5 refused by the gate.

What a command needs is imported inside it: `baihuo --help` must not wait for every library of the line.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from baihuo.cli import quality as quality_cli
from baihuo.cli.labels import label
from baihuo.cli.opened import ShopOption, pair, stderr, stdout
from baihuo.cli.opened import opened as _shop
from baihuo.core import BadInput, GateClosed, NotFound, ShopError, Unsupported
from baihuo.settings import shop_folder

if TYPE_CHECKING:
    from baihuo.release import GateReport

app = typer.Typer(
    name="baihuo",
    help="Search and recommendations for a shop, trained on data that passed its checks.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)


class FeaturesVerb(StrEnum):
    """What ``baihuo features`` is asked for."""

    STATE = "state"
    FILE = "file"
    COLUMNS = "columns"
    REPORT = "report"
    SKEW = "skew"


app.command("check")(quality_cli.check)
app.add_typer(quality_cli.quarantine, name="quarantine")
app.command("lineage")(quality_cli.lineage)
app.add_typer(label, name="label")


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
        list[str] | None,
        typer.Option(
            "--map",
            help="our_field=their_column, as often as needed; used for the files that have the column.",
        ),
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
    from baihuo import flow
    from baihuo.cli.closing import imports_table

    mapping = dict(pair(given) for given in pairs or [])
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


@app.command("features")
def features(
    what: Annotated[
        FeaturesVerb,
        typer.Argument(
            help="state, file (a features.yaml to begin with), columns, report, or skew."
        ),
    ] = FeaturesVerb.STATE,
    shop: ShopOption = None,
    fits: Annotated[
        int, typer.Option(min=1, max=20, help="Of the report: trainings averaged, each row.")
    ] = 3,
) -> None:
    """Compute what serving looks up: the state of every product and visitor as of now.

    `skew` compares the newest served pages with the SQL that training reads; /metrics, `baihuo status`
    and the gate show what it last found.

    \b
    baihuo features
    baihuo features file > shop/features.yaml
    baihuo features columns
    baihuo features report --fits 3
    baihuo features skew
    """
    from baihuo import flow
    from baihuo.cli.features import column_names, make_report, report_table, skew_lines
    from baihuo.features.spec.file import DEFAULT_TEXT

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
        elif what is FeaturesVerb.SKEW:
            skew = flow.measure_skew(folder, progress=progress)
            if skew is None:
                raise NotFound(
                    "no page was served and checked yet", fix="baihuo serve; baihuo check"
                )
            stdout.print(skew_lines(skew), markup=False, highlight=False)
        else:
            typer.echo(flow.make_state(folder, progress=progress))


@app.command("index")
def index(shop: ShopOption = None) -> None:
    """Build the index generation of the clean catalogue: words, vectors, columns.

    \b
    baihuo index
    """
    from baihuo import flow

    with _shop(shop) as (folder, progress):
        typer.echo(flow.make_index(folder, progress=progress))


@app.command("train")
def train(
    shop: ShopOption = None,
    no_clicks: Annotated[
        bool, typer.Option("--no-clicks", help="Leave out the click models: most of the time.")
    ] = False,
) -> None:
    """Train on the clean data and write a bundle. Refused while the quality report stops it.

    \b
    baihuo train
    baihuo train --no-clicks
    """
    from baihuo import flow
    from baihuo.cli.closing import models_table

    with _shop(shop) as (folder, progress):
        trained = flow.train(folder, with_clicks=not no_clicks, progress=progress)
    stdout.print(models_table(trained.report))
    typer.echo(trained.bundle_id)


@app.command("evaluate")
def evaluate(
    bundle_id: Annotated[
        str | None, typer.Argument(help="Which bundle (default: the newest).")
    ] = None,
    shop: ShopOption = None,
    policy: Annotated[
        list[str] | None,
        typer.Option(
            help="What would it have earned on the pages served? live, greedy (no exploration), uniform, "
            "all, or a bundle's id. As often as needed."
        ),
    ] = None,
    log: Annotated[
        Path | None,
        typer.Option(
            help="With --policy: a log of placements (Open Bandit CSV) in place of the shop's pages."
        ),
    ] = None,
    surface: Annotated[
        str | None, typer.Option(help="With --policy: only search, home or similar.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The report as JSON.")] = False,
) -> None:
    """Show how a bundle did on its held-out time, beside the baselines, with intervals.

    With --policy: clicks and purchases an impression that another order would have earned, estimated
    from served pages and the exploration in them (IPS, SNIPS, doubly robust). What the log cannot
    answer is refused, with the reason. With --log, a policy is live, uniform, or the file of another
    policy's log.

    \b
    baihuo evaluate
    baihuo evaluate --policy all
    baihuo evaluate --policy greedy --policy 5b1f0c7e9a3d2846 --surface search
    baihuo evaluate --log random_men.csv.gz --policy bts_men.csv.gz
    """
    from baihuo import flow
    from baihuo.cli.closing import models_table
    from baihuo.cli.policies import policy_report, policy_table

    if not (policy or log):
        if surface is not None:
            raise BadInput("--surface is for --policy", fix="add --policy all")
        with _shop(shop) as (folder, _):
            report = flow.evaluate(folder, bundle_id)
        if as_json:
            typer.echo(json.dumps(report, ensure_ascii=False))
        else:
            stdout.print(models_table(report))
        return
    if bundle_id is not None:
        raise BadInput(
            f"{bundle_id!r} stands beside --policy or --log", fix=f"write --policy {bundle_id}"
        )
    with _shop(shop) as (folder, progress):
        estimates = policy_report(folder, policy or ["all"], log, surface, progress=progress)
    if as_json:
        typer.echo(json.dumps(estimates.to_json(), ensure_ascii=False))
    else:
        stdout.print(policy_table(estimates))
    if not estimates.values:
        raise Unsupported(
            "the log answers for none of these policies", fix="; ".join(estimates.refused.values())
        )


@app.command("release")
def release(
    bundle_id: Annotated[
        str | None, typer.Argument(help="Which bundle (default: the newest).")
    ] = None,
    shop: ShopOption = None,
    force: Annotated[
        bool, typer.Option("--force", help="Serve it even if the gate refuses; with --reason.")
    ] = False,
    reason: Annotated[
        str | None, typer.Option(help="Why it is forced; kept in the bundle and shown.")
    ] = None,
) -> None:
    """Put a bundle through the gate and, if it passes, make it live without a failed request.

    The first release of a shop opens with warnings where only speed or a wide interval is short. Data that
    failed its checks is never let in, --force or not.

    \b
    baihuo release
    baihuo release --force --reason "the shop opens today; the interval is wide, we watch it"
    """
    from baihuo import flow
    from baihuo.cli.closing import gate_table

    if force != bool((reason or "").strip()):
        raise BadInput(
            "--force goes with --reason, and --reason with --force",
            fix='baihuo release --force --reason "why it may serve all the same"',
        )
    with _shop(shop) as (folder, progress):
        report = flow.release(
            folder, bundle_id, force_reason=reason if force else None, progress=progress
        )
    stdout.print(gate_table(report))


@app.command("rollback")
def rollback(shop: ShopOption = None) -> None:
    """Make the bundle before the live one live again.

    \b
    baihuo rollback
    """
    from baihuo import flow

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
    from baihuo import flow
    from baihuo.cli.closing import gate_table

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

    Writing products over the API, and its /v1/quality and /v1/labels, ask for the key that
    `baihuo quarantine key` prints.

    \b
    baihuo serve
    baihuo serve --workers 2 --port 8080
    """
    from baihuo import flow

    flow.serve(shop_folder(shop), host=host, port=port, workers=workers)


@app.command("explain")
def explain(
    words: Annotated[str, typer.Argument(metavar="QUERY", help="What a shopper types.")] = "",
    shop: ShopOption = None,
    product: Annotated[
        str | None, typer.Option(help="The product looked at: explains the page beside it.")
    ] = None,
    why_not: Annotated[
        str | None, typer.Option("--why-not", help="Why is this product not on the page?")
    ] = None,
    visitor: Annotated[str, typer.Option(help="Who asks.")] = "explain",
    surface: Annotated[
        str | None, typer.Option(help="search, home or similar (default: by what is given).")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="The page and its trace as JSON.")
    ] = False,
) -> None:
    """Explain a page of the live bundle: every stage's counts and time, each product's score and reason.

    With --why-not: the first thing that keeps a product away. Nothing is logged, and nothing is served.

    \b
    baihuo explain "red kettle"
    baihuo explain 手机 --why-not p-17 --visitor v-3
    baihuo explain --product p-17
    baihuo explain --surface home --visitor v-3 --json
    """
    from baihuo import flow
    from baihuo.cli.explained import explained_json, page_group, query_of

    with _shop(shop) as (folder, _):
        query = query_of(words, product, visitor, surface, at_us=flow.now_us())
        found = flow.explain(folder, query, product_id=why_not)
    if as_json:
        typer.echo(explained_json(found))
    else:
        stdout.print(page_group(found))


@app.command("status")
def status(
    shop: ShopOption = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object, for monitoring.")
    ] = False,
) -> None:
    """Show what state the shop is in, stage by stage, and what to type next. Writes nothing.

    \b
    baihuo status
    baihuo status --shop shops/sample --json
    """
    from baihuo import flow
    from baihuo.cli.status import status_table

    found = flow.status(shop_folder(shop))
    if as_json:
        typer.echo(json.dumps(found.to_json(), ensure_ascii=False))
        return
    stdout.print(status_table(found))
    stdout.print(f"next: {found.next_step}", markup=False, highlight=False, style="bold")


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
    from baihuo.cli.bars import bars
    from baihuo.simulate import make_shop

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
    quick: Annotated[
        bool, typer.Option("--quick", help="Without click models: a storefront in a minute.")
    ] = False,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The next free one from here.")
    ] = 8000,
    workers: Annotated[int, typer.Option(min=1, max=64)] = 1,
) -> None:
    """Run the whole line, from dirty files to a storefront.

    \b
    baihuo demo
    baihuo demo --quick
    baihuo demo --shop-kind icecat --data ../shared/data/icecat --once
    """
    from baihuo import flow
    from baihuo.cli.closing import closing_table
    from baihuo.cli.demo import free_port, run_demo

    with _shop(shop) as (folder, progress):
        done = run_demo(folder, shop_kind, data, progress, is_quick=quick, say=_say)
    stdout.print(closing_table(done))
    us, at = _as_typed(), f" --shop {shop}" if shop else ""
    if isinstance(done.stopped, GateClosed) and not flow.is_released(folder):
        raise GateClosed(
            done.stopped.what,
            fix=f"to open the storefront all the same, type: {us} release{at} --force --reason trial "
            f"&& {us} serve{at}",
        )
    if done.stopped is not None:
        if once or not flow.is_released(folder):
            raise done.stopped
        _say(f"{done.stopped.what}\nthe bundle that was released before serves on")
    if quick:
        _say("click models were left out; for the whole line type: make demo, or baihuo demo")
    if once:
        _say(f"to open the storefront, type: {us} serve{at}")
        return
    port = free_port(port)
    _say(f"storefront: http://127.0.0.1:{port}   API: http://127.0.0.1:{port}/docs")
    flow.serve(folder, host=None, port=port, workers=workers)


@app.command("schema")
def schema(
    word: Annotated[
        str | None, typer.Argument(help="event, product, query, page or quality_report.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write all of them to this folder.")] = None,
) -> None:
    """Print the JSON Schema of one of our words, made from the code itself.

    \b
    baihuo schema event
    baihuo schema --out docs/schemas
    """
    from baihuo.core.schemas import WORDS, json_schema
    from baihuo.quality import report_schema

    known = sorted([*WORDS, "quality_report"])
    if word is not None and word not in known:
        raise BadInput(f"there is no schema {word!r}", fix=f"one of {', '.join(known)}")
    for name in [word] if word else known:
        made = report_schema() if name == "quality_report" else json_schema(name)
        text = json.dumps(made, indent=2, ensure_ascii=False)
        if out is None:
            typer.echo(text)
        else:
            out.mkdir(parents=True, exist_ok=True)
            (out / f"{name}.schema.json").write_text(text + "\n", encoding="utf-8")


@app.command("docs")
def docs(
    page: Annotated[str, typer.Argument(help="cli, features or settings.")] = "cli",
) -> None:
    """Print a page of docs/ that is made from the code: cli.md, features_list.md or settings.md.

    \b
    baihuo docs > docs/cli.md
    baihuo docs features > docs/features_list.md
    baihuo docs settings > docs/settings.md
    """
    if page not in PAGES:
        raise BadInput(f"there is no page {page!r}", fix=f"one of {', '.join(PAGES)}")
    typer.echo(PAGES[page](), nl=False)


def _cli_page() -> str:
    from typer.testing import CliRunner

    runner = CliRunner(env={"COLUMNS": "100", "TERM": "dumb", "NO_COLOR": "1"})
    parts = ["# The command line\n\nMade by `baihuo docs > docs/cli.md`; a test compares.\n"]
    for words in commands():
        printed = runner.invoke(app, [*words, "--help"], prog_name="baihuo").output
        parts.append(f"## baihuo {' '.join(words)}\n\n```\n{printed.strip()}\n```\n")
    return "".join(f"{part}\n" for part in parts)


def _features_page() -> str:
    from baihuo.features import default_features
    from baihuo.features.spec.describe import page

    return page(default_features())


def _settings_page() -> str:
    from baihuo.settings_docs import settings_page

    return settings_page()


PAGES: dict[str, Callable[[], str]] = {
    "cli": _cli_page,
    "features": _features_page,
    "settings": _settings_page,
}
"""What ``baihuo docs`` prints, by the word after it."""


def commands() -> list[list[str]]:
    """Every command as the words that call it; those of a group after the group's name."""
    alone = [[c.name or ""] for c in app.registered_commands]
    groups = [
        [g.name or "", c.name or ""]
        for g in app.registered_groups
        if g.typer_instance
        for c in g.typer_instance.registered_commands
    ]
    return alone + groups


def _told(said: GateReport | ShopError) -> None:
    """One line a turn of the schedule, as JSON, for whoever collects logs."""
    if isinstance(said, ShopError):
        typer.echo(json.dumps({"released": None, "error": said.what, "fix": said.fix}))
    else:
        typer.echo(json.dumps({"released": said.bundle_id}))


def _as_typed() -> str:
    """This program as whoever runs it typed it: ``.venv/bin/baihuo`` from a clone."""
    typed = sys.argv[0]
    return typed if "/" in typed and not typed.startswith("/") else "baihuo"


def _say(line: str) -> None:
    stderr.print(line, markup=False, highlight=False)


def main() -> None:
    """The ``baihuo`` command: our errors as two lines, a bug with its traceback."""
    try:
        app()
    except ShopError as error:
        stderr.print(f"[bold red]{type(error).__name__}[/]: ", end="")
        stderr.print(error.what, markup=False, highlight=False)
        stderr.print(f"  fix: {error.fix}", markup=False, highlight=False)
        sys.exit(quality_cli.exit_code(error))
