"""The commands of data quality: check, quarantine, lineage."""

from __future__ import annotations

import getpass
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer

from baihuo.cli.opened import ShopOption, opened, pair, stderr, stdout
from baihuo.core import BadInput, Conflict, GateClosed, QualityStop, ShopError
from baihuo.settings import Settings, Shop, shop_folder

if TYPE_CHECKING:
    from baihuo.quality import OwnChecks, QualityReport

quarantine = typer.Typer(
    help="Rows kept aside: browse, explain, mend, readmit.", no_args_is_help=True
)
RowArgument = Annotated[str, typer.Argument(help="import:line, as in 3:17.")]
TableOption = Annotated[
    str | None, typer.Option("--table", help="events or products, where both have such a row.")
]
By = Annotated[str | None, typer.Option("--by", help="Who says so (default: your login).")]
Why = Annotated[str, typer.Option("--why", help="Kept with the row.")]


def exit_code(error: ShopError) -> int:
    """What a scheduler is told: 1 an error, 2 bad input, 4 stopped by quality, 5 by the gate."""
    if isinstance(error, QualityStop):
        return 4
    if isinstance(error, GateClosed):
        return 5
    return 1 if isinstance(error, Conflict) or type(error) is ShopError else 2


def check(
    shop: ShopOption = None,
    explain: Annotated[
        str | None, typer.Option(help="What a check looks for, why, how to mend.")
    ] = None,
    rules: Annotated[
        Path | None, typer.Option(help="The quality.yaml for files alone (default: our defaults).")
    ] = None,
    default_rules: Annotated[
        bool, typer.Option("--default-rules", help="Print the default quality.yaml.")
    ] = False,
    events: Annotated[
        list[Path] | None, typer.Option(help="Check these files alone, no shop; with --out.")
    ] = None,
    products: Annotated[
        list[Path] | None, typer.Option(help="The catalogue's files; with --out.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Where the results of checking files go.")
    ] = None,
    pictures: Annotated[
        Path | None,
        typer.Option(
            help="Folder that relative paths of pictures start at (default: the shop's 1-raw/pictures, if it is there)."
        ),
    ] = None,
    is_anew: Annotated[
        bool, typer.Option("--anew", help="Also ranges of days that nothing new touches.")
    ] = False,
    fail_on: Annotated[
        str, typer.Option("--fail-on", help="warn or stop: the least that is a failure.")
    ] = "stop",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print report.json instead of the table.")
    ] = False,
    file_format: Annotated[
        str | None,
        typer.Option("--format", help="Of the files, if it is not to be seen by them."),
    ] = None,
    pairs: Annotated[
        list[str] | None, typer.Option("--map", help="our_field=their_column, for the files.")
    ] = None,
    currency: Annotated[str | None, typer.Option(help="Of prices in files that name none.")] = None,
    encoding: Annotated[str | None, typer.Option(help="Of text files (default: UTF-8).")] = None,
) -> None:
    """Check everything that came in; write the clean tables, the findings and the report.

    In a shop this also seals what the live log holds into a raw segment, and, unless the products are
    stopped, brings the catalogue that serves up to date with the clean products. Rows that were refused at
    import are shown and count towards max_quarantined of quality.yaml. Files alone change no shop.

    Events are checked in ranges of days. A range that nothing new touches stays as it was checked before; new
    rules, a changed check or --anew check all of them again.

    Or check files alone: --events and --products take files of any format that `baihuo import`
    reads, as often as needed, and everything goes to --out.

    Exit codes: 0 training may go on; 1 an error (another run is writing there, a full disk);
    2 bad input or usage; 3 warnings, with --fail-on warn; 4 the data failed: training is stopped.

    \b
    baihuo check
    baihuo check --events log.csv --products catalogue.jsonl --out checked --fail-on warn
    baihuo check --explain from_the_future
    baihuo check --default-rules > shop/quality.yaml
    """
    from baihuo import flow, quality
    from baihuo.cli.closing import steps_table

    if fail_on not in ("warn", "stop"):
        raise BadInput(f"--fail-on {fail_on!r} means nothing", fix="say warn or stop")
    if default_rules:
        typer.echo(quality.default_rules_text())
        return
    is_files = bool(events or products)
    if is_files != (out is not None):
        fix = "baihuo check --events FILE --products FILE --out DIR"
        raise BadInput("--events or --products go with --out, and --out with them", fix=fix)
    if rules is not None and not rules.exists():
        raise BadInput(f"there is no {rules}", fix="check the path given with --rules")
    if explain is not None:
        typer.echo(quality.explain(explain, _own(rules or shop_folder(shop).rules_file)))
        return
    if out is not None:
        mapping = dict(pair(given) for given in pairs or [])
        report = _check_files(
            events or [], products or [], out, rules, pictures, file_format, mapping, currency,
            encoding, as_json=as_json,
        )  # fmt: skip
        where = out
    else:
        if rules is not None or file_format or pairs or currency or encoding:
            raise BadInput(
                "--rules, --format, --map, --currency and --encoding are for files alone",
                fix="a shop's rules are its quality.yaml; the rest is said at `baihuo import`",
            )
        with opened(shop) as (folder, progress):
            report = flow.check(folder, pictures=pictures, is_anew=is_anew, progress=progress)
        if not as_json:
            stdout.print(steps_table(report))
        where = folder.clean
    if as_json:
        typer.echo(report.to_json(), nl=False)
    for words in (*report.warnings, *report.not_checked):
        stderr.print(words, markup=False, highlight=False)
    stderr.print(f"{report.verdict}; report: {where / 'report.html'}")
    report.raise_if_stopped()
    if fail_on == "warn" and report.warnings:
        raise typer.Exit(3)


def _check_files(
    events: list[Path],
    products: list[Path],
    out: Path,
    rules_file: Path | None,
    pictures: Path | None,
    file_format: str | None,
    mapping: dict[str, str],
    currency: str | None,
    encoding: str | None,
    *,
    as_json: bool,
) -> QualityReport:
    from baihuo import privacy, quality
    from baihuo.cli.closing import imports_table, steps_table
    from baihuo.engine import DuckTables

    engine = Settings().engine
    tables = DuckTables(
        memory_mb=engine.memory_mb, threads=engine.threads, spill_dir=out / ".spill"
    )
    with opened(out) as (_, progress), _thrown_away(out / ".spill"):
        done = quality.check_files(
            tables,
            events=events,
            products=products,
            out=out,
            rules=quality.load_rules(rules_file),
            mask=privacy.column_mask(Shop(out).mask_key()),
            mask_key=Shop(out).mask_key(),
            own=_own(rules_file),
            file_format=file_format,
            mapping=mapping,
            currency=currency,
            encoding=encoding,
            pictures=pictures,
            progress=progress,
        )
    if not as_json:
        stdout.print(imports_table(list(done.records)))
        stdout.print(steps_table(done.report))
    return done.report


@contextmanager
def _thrown_away(folder: Path) -> Iterator[None]:
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _own(rules_file: Path | None) -> OwnChecks:
    from baihuo import quality

    if rules_file is None:
        return quality.OwnChecks()
    rules = quality.load_rules(rules_file)
    return quality.own_checks(rules, rules_file.parent, [c.name for c in quality.CHECKS])


@quarantine.command("list")
def list_(
    shop: ShopOption = None,
    table: TableOption = None,
    check: Annotated[
        str | None, typer.Option(help="Only what this check, step or reason took.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many rows.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a row.")] = False,
) -> None:
    """Show what is in quarantine: how much each check took, and the first rows.

    \b
    baihuo quarantine list
    baihuo quarantine list --check unknown_product --limit 100 --json
    """
    from baihuo import flow
    from baihuo.cli.rows import counts_table, kept_table
    from baihuo.quality import quarantined

    at = flow.rows_at(shop_folder(shop))
    rows = quarantined.listed(at, table=_table(table), check=check, limit=limit)
    if as_json:
        for kept in rows:
            typer.echo(json.dumps(asdict(kept), ensure_ascii=False, default=str))
        return
    stdout.print(counts_table(quarantined.counted(at)))
    stdout.print(kept_table(rows))


@quarantine.command("show")
def show(row: RowArgument, shop: ShopOption = None, table: TableOption = None) -> None:
    """Show one row in quarantine: its values, which check took it, why, and how to mend.

    \b
    baihuo quarantine show 3:17
    """
    from baihuo import flow, quality
    from baihuo.cli.rows import kept_lines
    from baihuo.quality import quarantined

    folder = shop_folder(shop)
    kept = quarantined.shown(flow.rows_at(folder), row, _table(table))
    stdout.print(kept_lines(kept), markup=False, highlight=False)
    if kept.step != quarantined.IMPORT:
        typer.echo("\n" + quality.explain(kept.check, _own(folder.rules_file)))


@quarantine.command("export")
def export(
    file: Annotated[Path, typer.Argument(help="FILE.csv, FILE.jsonl or FILE.parquet.")],
    shop: ShopOption = None,
    table: TableOption = None,
    check: Annotated[
        str | None, typer.Option(help="Only what this check, step or reason took.")
    ] = None,
) -> None:
    """Write what is in quarantine to a file, to be mended there and sent back with `mend --file`.

    A cell that a spreadsheet would run as a formula stands behind an apostrophe.

    \b
    baihuo quarantine export to-mend.csv --check unknown_product
    """
    from baihuo import flow
    from baihuo.quality import sheet

    n_rows = sheet.export(flow.rows_at(shop_folder(shop)), file, table=_table(table), check=check)
    stderr.print(f"{n_rows:,} rows in {file}", markup=False, highlight=False)


@quarantine.command("mend")
def mend(
    why: Why,
    row: Annotated[str | None, typer.Argument(help="import:line, as in 3:17.")] = None,
    pairs: Annotated[
        list[str] | None,
        typer.Option("--set", help="field=value, as often as needed; field= blanks it."),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option("--file", help="A file of `export` with cells changed, in place of a row."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what --file changes, and change nothing.")
    ] = False,
    by: By = None,
    shop: ShopOption = None,
    table: TableOption = None,
) -> None:
    """Send mended copies of rows back in. The next check takes them in the old ones' place.

    \b
    baihuo quarantine mend 3:17 --set quantity=2 --why "the till sent none"
    baihuo quarantine mend --file to-mend.csv --why "looked up in the till" --dry-run
    """
    from baihuo import flow, privacy, quality
    from baihuo.cli.rows import printable
    from baihuo.quality import sheet

    if (row is None) == (file is None) or (file is not None and pairs):
        raise BadInput("say a row with --set, or --file", fix="as in mend 3:17 --set quantity=2")
    folder = shop_folder(shop)
    at = flow.rows_at(folder)
    mask = privacy.column_mask(folder.mask_key())
    by = by or getpass.getuser()
    if file is not None:
        edits = [e for e in sheet.edits(at, file) if _table(table) in (None, e.kept.table)]
        for edit in edits:
            stderr.print(printable(str(edit)), markup=False, highlight=False)
        if not dry_run and edits:
            new = quality.mend_all(
                at, [(e.kept, e.values) for e in edits], by=by, why=why, mask=mask
            )
            for row_id in new:
                typer.echo(row_id)
        done = "would be sent in" if dry_run else "sent in; `baihuo check` looks at them"
        stderr.print(f"{len(edits):,} {done}")
        return
    values = dict(pair(given, "--set", "field=value") for given in pairs or [])
    typer.echo(quality.mend(at, row or "", values, by=by, why=why, mask=mask, table=_table(table)))
    stderr.print("sent in; `baihuo check` looks at it")


@quarantine.command("readmit")
def readmit(
    rows: Annotated[list[str], typer.Argument(help="Rows, as in 3:17.")],
    why: Why,
    by: By = None,
    shop: ShopOption = None,
    table: TableOption = None,
) -> None:
    """Send rows back in as they are: you say that they are right, and the checks that took them yield.

    \b
    baihuo quarantine readmit 3:17 3:18 --why "the flagship really costs that much"
    """
    from baihuo import flow, privacy, quality

    folder = shop_folder(shop)
    sent = quality.readmit(
        flow.rows_at(folder), rows, by=by or getpass.getuser(), why=why,
        mask=privacy.column_mask(folder.mask_key()), table=_table(table),
    )  # fmt: skip
    for row_id in sent:
        typer.echo(row_id)
    stderr.print(f"{len(sent):,} sent in; `baihuo check` looks at them")


@quarantine.command("key")
def key(shop: ShopOption = None) -> None:
    """Print the team's key, which the API asks for where products are written and under /v1/quality and
    /v1/labels. Made the first time, readable by you only.

    \b
    curl -X PATCH localhost:8000/v1/products/p1 -H "Authorization: Bearer $(baihuo quarantine key)" \\
      -H "Content-Type: application/json" -d '{"stock_units": 3}'
    curl -H "Authorization: Bearer $(baihuo quarantine key)" localhost:8000/v1/quality/quarantine
    """
    from baihuo.serve.routes.team_key import KEY

    path = shop_folder(shop).root / KEY
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        typer.echo(path.read_text(encoding="utf-8").strip())
        return
    made = secrets.token_urlsafe(32)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(made + "\n")
    typer.echo(made)


def lineage(
    row: Annotated[str, typer.Argument(help="A row (3:17), an event id or a product id.")],
    shop: ShopOption = None,
    table: TableOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a row.")] = False,
) -> None:
    """Tell a row's whole story: file and line, every finding, where it is now, which bundles used it.

    \b
    baihuo lineage 3:17
    baihuo lineage order-4711 --json
    """
    from baihuo import flow, quality
    from baihuo.cli.rows import story_lines

    folder = shop_folder(shop)
    at = flow.rows_at(folder)
    for story in quality.lineage(at, row, table=_table(table), bundles=folder.bundles):
        if as_json:
            typer.echo(story.to_json())
        else:
            stdout.print(story_lines(story), markup=False, highlight=False)


def _table(given: str | None) -> Literal["events", "products"] | None:
    if given not in (None, "events", "products"):
        raise BadInput(f"there is no table {given!r}", fix="say events or products")
    return cast('Literal["events", "products"] | None', given)
