"""``baihuo exam``: precision and recall of the checks on a shop's rows."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.table import Table

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
from baihuo.cli.progress import progress_bars
from baihuo.cli.tables import count, dense_table
from baihuo.core import BadInput
from baihuo.exam import ExamReport
from baihuo.settings import Settings

if TYPE_CHECKING:
    from baihuo.exam import ExamReport, Files, IndependentReport, Rows, Share
    from baihuo.settings import Shop


def independent_exam(
    *,
    seeds: list[int] | None,
    data: Path | None,
    kinds: list[str],
    kinds_folder: Path | None,
    sizes: tuple[int | None, int | None],
    out: Path | None,
    as_json: bool,
) -> None:
    """Run the exam with a progress bar, write it, show it. ``sizes``: events and products."""
    from baihuo.exam import examine_independently

    with progress_bars(stderr) as progress:
        report = examine_independently(
            seeds=seeds or [1],
            data=data,
            kinds=kinds,
            kinds_folder=kinds_folder,
            n_events=sizes[0],
            n_products=sizes[1],
            progress=progress,
        )
    if out is not None:
        report.write(out)
        stderr.print(f"report: {out / 'independent.html'}")
    if as_json:
        typer.echo(report.to_json(), nl=False)
        return
    for table in tables(report):
        stdout.print(table)


def tables(report: IndependentReport) -> list[Table]:
    """Build tables of the kinds, a line each (the page describes them), and the totals."""
    kinds = Table(
        title="Independent exam, by kind of dirt (* found completely)", box=box.SIMPLE_HEAD
    )
    for n, head in enumerate(report.heads[:1] + report.heads[2:]):
        kinds.add_column(head, justify="right" if n else "left", overflow="fold")
    for row in report.rows():
        kinds.add_row(*row[:1], *row[2:])
    sums = Table(title="In all", box=box.SIMPLE_HEAD, show_header=False)
    for name, text in report.sums():
        sums.add_row(name, text)
    return [kinds, sums]


MAX_EVENTS = 120_000


def exam(
    shop: ShopOption = None,
    events: Annotated[
        list[Path] | None, typer.Option(help="Files instead of a shop; may be repeated.")
    ] = None,
    products: Annotated[list[Path] | None, typer.Option(help="The catalogue's files.")] = None,
    checks: Annotated[
        str | None,
        typer.Option(
            help="Only these checks or steps, separated by commas; with --independent kinds of dirt, or sets (first to fifth)."
        ),
    ] = None,
    seed: Annotated[
        list[int] | None, typer.Option(help="Seed of the faults; may be repeated [default: 7].")
    ] = None,
    faults: Annotated[
        int | None,
        typer.Option(
            min=1, help="Rows for each fault [default: 1 in 500 events or 100 products, 3 to 60]."
        ),
    ] = None,
    max_events: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Use at most the latest so many events [default: 120000; with --independent 20000].",
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for exam.json and exam.html.")] = None,
    fail_under: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Exit code 4 if a recall or precision is lower."),
    ] = None,
    rules: Annotated[
        Path | None, typer.Option(help="The quality.yaml for files (default: our defaults).")
    ] = None,
    pictures: Annotated[
        Path | None, typer.Option(help="Folder that relative paths of pictures start at.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print exam.json instead of the table.")
    ] = False,
    independent: Annotated[
        bool,
        typer.Option(
            "--independent",
            help="Another exam: dirt written by independent authors, from the documentation alone, in a separate shop.",
        ),
    ] = False,
    data: Annotated[
        Path | None,
        typer.Option(
            help="With --independent: inject into Online Retail's transactions or Icecat's products."
        ),
    ] = None,
    kinds: Annotated[
        Path | None,
        typer.Option(
            help="With --independent: a folder of kinds of dirt as rows of data [default: Baihuo's own]."
        ),
    ] = None,
    max_products: Annotated[
        int | None,
        typer.Option(min=1, help="With --independent: products of the shop [default: 3000]."),
    ] = None,
    file_format: FormatOption = None,
    pairs: MapOption = None,
    currency: CurrencyOption = None,
    encoding: EncodingOption = None,
) -> None:
    """Inject known faults into a copy of your rows, and report each check's precision and recall there.

    The checks first run on the unmodified rows, whose findings do not count. Then faults of every kind are injected into clean rows of a
    temporary copy, and the checks run again with your quality.yaml. The shop is never touched. The table has 95% intervals (Wilson); checks
    that cannot be examined say why. docs/exam.md has the rules.

    Exit codes: 0 done; 1 an error; 2 bad input or usage; 4 a recall or precision is below --fail-under.

    \b
    baihuo exam --out exam
    baihuo exam --checks same_id,prices --seed 1 --seed 2 --seed 3
    baihuo exam --events log.csv --products catalogue.jsonl --fail-under 0.8
    baihuo exam --independent --seed 1 --out exam
    baihuo exam --independent --checks second
    """
    if independent:
        _no_files("--independent uses a separate shop", shop, events, products)
        sizes = (max_events, max_products)
        independent_exam(
            seeds=seed,
            data=data,
            kinds=_names(checks),
            kinds_folder=kinds,
            sizes=sizes,
            out=out,
            as_json=as_json,
        )
        return
    if not (data is None and kinds is None and max_products is None):
        raise BadInput(
            "--data, --kinds and --max-products need --independent", fix="add --independent"
        )
    max_events = max_events or MAX_EVENTS
    from baihuo import flow, quality
    from baihuo.engine import DuckTables
    from baihuo.exam import CheckOptions, Reading, examine, import_rows, load_rows

    is_files = bool(events or products)
    mapping = dict(split_pair(given) for given in pairs or [])
    reading = Reading(format=file_format, mapping=mapping, currency=currency, encoding=encoding)
    _check_options(rules, is_files=is_files, reads_as_told=reading != Reading())
    with (
        shop_context(shop) as (folder, progress),
        tempfile.TemporaryDirectory(prefix="baihuo-exam-") as temporary,
    ):
        work = Path(temporary)
        rules_file = rules if is_files else folder.rules_file
        engine = (Settings() if is_files else folder.settings()).engine
        tables = DuckTables(
            memory_mb=engine.memory_mb, threads=engine.threads, spill_dir=work / "spill"
        )
        if is_files:
            files: Files = {"products": products or [], "events": events or []}
            rows = import_rows(
                tables,
                files,
                work=work / "raw",
                reading=reading,
                max_events=max_events,
                progress=progress,
            )
        else:
            rows = load_rows(tables, _segments(folder), max_events=max_events)
            pictures = pictures or (folder.pictures if folder.pictures.is_dir() else None)
        options = CheckOptions(
            rules=quality.load_rules(rules_file),
            now_us=_end_us(rows),
            pictures=pictures,
            custom=flow.custom_checks(rules_file),
        )
        report = examine(
            tables,
            rows,
            options=options,
            work=work / "copies",
            checks=_names(checks),
            seeds=tuple(dict.fromkeys(seed or (7,))),
            n_each=faults,
            progress=progress,
        )
    _show(report, out, as_json=as_json)
    if fail_under is not None:
        report.raise_if_below(fail_under)


def _no_files(what: str, *given: object) -> None:
    if any(given):
        raise BadInput(what, fix="leave out --shop, --events and --products")


def _check_options(rules: Path | None, *, is_files: bool, reads_as_told: bool) -> None:
    if not is_files and (rules is not None or reads_as_told):
        raise BadInput(
            "--rules, --format, --map, --currency and --encoding are for files",
            fix="a shop's rules are in its quality.yaml; the others are options of `baihuo import`",
        )
    if rules is not None and not rules.exists():
        raise BadInput(f"there is no {rules}", fix="check the path given with --rules")


def _segments(shop: Shop) -> Files:
    """Return the shop's imported raw rows, and products from the API until the last check."""
    from baihuo import connect

    by_api = shop.raw / "products" / "api.parquet"
    products = connect.segments(shop.raw, "products")
    if by_api.exists() and by_api not in products:
        products.append(by_api)
    return {"products": products, "events": connect.segments(shop.raw, "events")}


def _end_us(rows: Rows) -> int:
    """Return our clock at the log's end, µs UTC, so that an old log does not count as late."""
    now_us = time.time_ns() // 1_000
    return min(max((row["received_at_us"] for row in rows["events"]), default=now_us), now_us)


def _names(checks: str | None) -> list[str]:
    return [name.strip() for name in (checks or "").split(",") if name.strip()]


def _show(report: ExamReport, out: Path | None, *, as_json: bool) -> None:
    """Print tables or JSON on standard output, a summary on standard error."""
    from baihuo.exam import write_report

    if out is not None:
        write_report(report, out)
    if as_json:
        typer.echo(report.to_json(), nl=False)
    else:
        for table in exam_tables(report):
            stdout.print(table)
    judged = {
        name: report.outcomes.get(name, 0) for name in ("met", "not met", "false alarms", "too few")
    }
    summary = f"{judged['met']} checks met, {judged['not met']} not met, {judged['false alarms']} with false alarms, "
    summary += f"{judged['too few']} with fewer than 30 faults"
    touched = f"{summary}; {report.n_clean_touched:,} of {report.n_clean:,} clean rows touched"
    stderr.print(touched + (f"; report: {out / 'exam.html'}" if out else ""))


# Results of the checks on known faults.


_MET = {"met": "yes", "not met": "no", "too few": "few", "false alarms": "no", "not examined": ""}


def exam_tables(report: ExamReport) -> list[Table]:
    """Build tables with a line for each check with 95% intervals, and the checks that could not be examined."""
    rows = f"{count(report.n_events)} events and {count(report.n_products)} products"
    table = dense_table(f"Known faults in {rows}, with 95% intervals", "check", padding=0)
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
    reasons = dense_table("Not examined", "check", padding=0)
    reasons.add_column("why")
    for result in report.not_examined:
        reasons.add_row(result.check, result.reason, style="dim")
    return [t for t in (table, reasons) if t.row_count]


def share_cell(share: Share) -> str:
    """Format a share with its interval.

    >>> from baihuo.exam import Share
    >>> share_cell(Share(9, 10)), share_cell(Share(0, 0))
    ('0.90 .60–.98', '–')
    """
    if share.value is None:
        return "–"
    low, high = (f"{end:.2f}".removeprefix("0") for end in (share.low, share.high))
    return f"{share.value:.2f} {low}–{high}"
