"""``baihuo check``: run the checks on new data, or on files alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from baihuo.cli.context import (
    CurrencyOption,
    EncodingOption,
    FormatOption,
    MapOption,
    ShopOption,
    shop_context,
    split_pair,
    stderr,
    stdout,
)
from baihuo.core import BadInput
from baihuo.settings import shop_folder

if TYPE_CHECKING:
    from baihuo.quality import InputFiles, QualityReport


def check(
    shop: ShopOption = None,
    explain: Annotated[
        str | None, typer.Option(help="Explain a check: what it finds, why, and how to fix it.")
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
    out: Annotated[Path | None, typer.Option(help="Output folder when checking files.")] = None,
    pictures: Annotated[
        Path | None,
        typer.Option(
            help="Folder that relative paths of pictures start at (default: the shop's 1-raw/pictures, if it exists)."
        ),
    ] = None,
    is_full: Annotated[
        bool, typer.Option("--full", help="Check all ranges of days, also unchanged ones.")
    ] = False,
    is_anew: Annotated[bool, typer.Option("--anew", hidden=True)] = False,
    fail_on: Annotated[
        str, typer.Option("--fail-on", help="warn or stop: the least severe failure.")
    ] = "stop",
    no_alerts: Annotated[
        bool,
        typer.Option(
            "--no-alerts", help="With --events or --products: send no alert, whatever --rules say."
        ),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print report.json instead of the table.")
    ] = False,
    file_format: FormatOption = None,
    pairs: MapOption = None,
    currency: CurrencyOption = None,
    encoding: EncodingOption = None,
) -> None:
    """Check all new data; write the clean tables, the findings and the report. In a shop this also seals the live log into a raw segment,
    and, unless products are stopped, updates the serving catalogue with the clean products. Rows refused at import are shown and count
    towards max_quarantined of quality.yaml. Files alone change no shop.

    Events are checked in ranges of days. A range without new rows keeps its results; new rules, a changed check or --full check all ranges
    again.

    Or check files alone: --events and --products take files of any format that `baihuo import`
    reads, as often as needed, and everything goes to --out.

    Notes change no row: they are counted and shown, and `notes` and `max_noted` of quality.yaml set how many warn or stop. A gap in the log
    warns by default.

    Exit codes: 0 training may go on (findings may have been noted); 1 an error (another run is writing there, a full disk);
    2 bad input or usage; 3 warnings, with --fail-on warn; 4 the data failed: training is stopped.

    \b
    baihuo check
    baihuo check --events log.csv --products catalogue.jsonl --out checked --fail-on warn
    baihuo check --explain from_the_future
    baihuo check --default-rules > shop/quality.yaml
    """
    from baihuo import flow, quality

    if fail_on not in ("warn", "stop"):
        raise BadInput(f"--fail-on cannot be {fail_on!r}", fix="use warn or stop")
    if default_rules:
        typer.echo(quality.default_rules_text())
        return
    files = quality.InputFiles(
        events=events or [],
        products=products or [],
        file_format=file_format,
        mapping=dict(split_pair(text) for text in pairs or []),
        currency=currency,
        encoding=encoding,
    )
    _check_combination(
        files, out=out, rules=rules, no_alerts=no_alerts, is_explaining=explain is not None
    )
    if explain is not None:
        rules_file = rules or shop_folder(shop).rules_file
        typer.echo(quality.explain(explain, flow.custom_checks(rules_file)))
        return
    if out is not None:
        report = _check_files(files, out, rules, pictures, no_alerts=no_alerts, as_json=as_json)
        folder = out
    else:
        report = _check_shop(shop, pictures, is_full=is_full or is_anew, as_json=as_json)
        folder = shop_folder(shop).clean
    _print_verdict(report, folder, as_json=as_json)
    report.raise_if_stopped(folder / "report.html")
    if fail_on == "warn" and report.warnings:
        raise typer.Exit(3)


def _check_combination(
    files: InputFiles,
    *,
    out: Path | None,
    rules: Path | None,
    no_alerts: bool,
    is_explaining: bool,
) -> None:
    """Refuse flags that exclude each other. Raises: BadInput: names them and the fix."""
    if bool(files.events or files.products) != (out is not None):
        usage = "baihuo check --events FILE --products FILE --out DIR"
        raise BadInput("--events or --products need --out, and --out needs one of them", fix=usage)
    if rules is not None and not rules.exists():
        raise BadInput(f"there is no {rules}", fix="check the path given with --rules")
    if out is not None or is_explaining:
        return
    if no_alerts:
        raise BadInput(
            "--no-alerts is for files alone",
            fix="take `webhook` out of `alerts` in the shop's quality.yaml",
        )
    reading = (files.file_format, files.mapping, files.currency, files.encoding)
    if rules is not None or any(reading):
        raise BadInput(
            "--rules, --format, --map, --currency and --encoding are for files alone",
            fix="a shop's rules are its quality.yaml; the rest is given to `baihuo import`",
        )


def _check_shop(
    shop: Path | None, pictures: Path | None, *, is_full: bool, as_json: bool
) -> QualityReport:
    from baihuo import flow
    from baihuo.cli.tables import steps_table

    with shop_context(shop) as (folder, progress):
        report = flow.check(folder, pictures=pictures, is_full=is_full, progress=progress)
    if not as_json:
        stdout.print(steps_table(report))
    return report


def _check_files(
    files: InputFiles,
    out: Path,
    rules_file: Path | None,
    pictures: Path | None,
    *,
    no_alerts: bool,
    as_json: bool,
) -> QualityReport:
    from baihuo import flow
    from baihuo.cli.tables import imports_table, steps_table

    with shop_context(out) as (_, progress):
        checked = flow.check_files(
            files,
            out,
            rules_file=rules_file,
            pictures=pictures,
            no_alerts=no_alerts,
            progress=progress,
        )
    if not as_json:
        stdout.print(imports_table(list(checked.records)))
        stdout.print(steps_table(checked.report))
    return checked.report


def _print_verdict(report: QualityReport, folder: Path, *, as_json: bool) -> None:
    if as_json:
        typer.echo(report.to_json(), nl=False)
    for message in (*report.warnings, *report.not_checked):
        stderr.print(message, markup=False, highlight=False)
    noted = f", {report.n_noted:,} only noted" if report.n_noted else ""
    page = folder / "report.html"
    stderr.print(f"{report.verdict}{noted}; report: {page}", soft_wrap=True, highlight=False)
