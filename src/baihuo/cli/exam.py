"""``baihuo exam``: recall and precision of the checks on known dirt."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
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
from baihuo.cli.tables import count, dense_table
from baihuo.core import BadInput, Progress
from baihuo.settings import Settings

if TYPE_CHECKING:
    from baihuo.exam import ExamReport, Files, Reading, Rows
    from baihuo.settings import Shop

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
            help="Only these, separated by commas: checks, steps, kinds of dirt, or hands (own, first to fifth)."
        ),
    ] = None,
    seed: Annotated[
        list[int] | None,
        typer.Option(help="Seed of the dirt; may be repeated [default: 7; with --independent 1]."),
    ] = None,
    faults: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Rows for each kind [default: 1 in 500 events or 100 products, 3 to 30; with --independent 30].",
        ),
    ] = None,
    max_events: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Use at most the latest so many events [default: 120000; with --independent 20000].",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for exam.json and exam.html (with --independent: independent.*)."
        ),
    ] = None,
    fail_under: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Exit code 4 if a check's recall or precision is lower."),
    ] = None,
    rules: Annotated[
        Path | None, typer.Option(help="The quality.yaml for files (default: our defaults).")
    ] = None,
    pictures: Annotated[
        Path | None, typer.Option(help="Folder that relative paths of pictures start at.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the JSON instead of the tables.")
    ] = False,
    independent: Annotated[
        bool,
        typer.Option(
            "--independent",
            help="In a simulated shop, with all dirt by independent authors, who had not read the checks.",
        ),
    ] = False,
    data: Annotated[
        Path | None,
        typer.Option(
            help="With --independent: plant in Online Retail's transactions or Icecat's products."
        ),
    ] = None,
    kinds: Annotated[
        Path | None,
        typer.Option(help="A folder of kinds of dirt as rows of data [default: Baihuo's own]."),
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
    """Plant known dirt in copies of your rows, run `baihuo check` on them, and report each check's recall and precision there.

    The checks first run on the rows as they are: what they find then does not count, and gets no dirt. Then, for each --seed, each check's own kinds
    of dirt and one by independent authors go into two copies, which are checked with your quality.yaml. The shop is never touched. The
    table has 95% intervals (Wilson); checks that cannot be examined say why. docs/exam.md has the rules.

    Exit codes: 0 done; 1 an error; 2 bad input or usage; 4 a recall or precision is below --fail-under.

    \b
    baihuo exam --out exam
    baihuo exam --checks same_id,prices --seed 1 --seed 2 --seed 3
    baihuo exam --events log.csv --products catalogue.jsonl --fail-under 0.8
    baihuo exam --independent --seed 1 --out exam
    baihuo exam --independent --checks second
    """
    from baihuo import flow, quality
    from baihuo.exam import CheckOptions, Reading, examine, own_shop

    mapping = dict(split_pair(given) for given in pairs or [])
    reading = Reading(format=file_format, mapping=mapping, currency=currency, encoding=encoding)
    files: Files = {"products": products or [], "events": events or []}
    is_shop = not independent and not any(files.values())
    if independent and (shop is not None or any(files.values())):
        fix = "leave out --shop, --events and --products"
        raise BadInput("--independent uses a separate shop", fix=fix)
    if not independent and not (data is None and max_products is None):
        raise BadInput("--data and --max-products need --independent", fix="add --independent")
    if is_shop and (rules is not None or reading != Reading()):
        raise BadInput(
            "--rules, --format, --map, --currency and --encoding are for files",
            fix="a shop's rules are in its quality.yaml; the others are options of `baihuo import`",
        )
    if rules is not None and not rules.exists():
        raise BadInput(f"there is no {rules}", fix="check the path given with --rules")
    with shop_context(shop) as (folder, progress):
        if is_shop:
            rules = folder.rules_file if folder.rules_file.exists() else None
            pictures = pictures or (folder.pictures if folder.pictures.is_dir() else None)
        rows = None
        if not independent:
            rows = _rows(None if not is_shop else folder, files, reading, max_events, progress)
        report = examine(
            None if rows is None else own_shop(rows),
            data=data,
            seeds=seed or [1 if independent else 7],
            names=[name.strip() for name in (checks or "").split(",") if name.strip()],
            checks=[*quality.CHECKS, *(c.check for c in flow.custom_checks(rules).checks)],
            kinds_folder=kinds,
            n_events=max_events,
            n_products=max_products,
            n_each=faults,
            options=CheckOptions(rules=rules, pictures=pictures),
            progress=progress,
        )
    name = "independent" if independent else "exam"
    if out is not None:
        report.write(out, name)
    if as_json:
        typer.echo(report.to_json(), nl=False)
    else:
        _show(report, by_kind=independent)
    stderr.print(_summary(report) + (f"; report: {out / name}.html" if out else ""))
    if fail_under is not None:
        report.raise_if_below(fail_under)


def _rows(
    shop: Shop | None, files: Files, reading: Reading, max_events: int | None, progress: Progress
) -> Rows:
    """Read the rows of files, or of a shop: its imported raw rows, and products from the API until the last check."""
    from baihuo import connect
    from baihuo.engine import DuckTables
    from baihuo.exam import import_rows, load_rows

    most = max_events or MAX_EVENTS
    engine = (Settings() if shop is None else shop.settings()).engine
    with tempfile.TemporaryDirectory(prefix="baihuo-exam-") as temporary:
        work = Path(temporary)
        tables = DuckTables(
            memory_mb=engine.memory_mb, threads=engine.threads, spill_dir=work / "spill"
        )
        if shop is None:
            return import_rows(
                tables, files, work=work, reading=reading, max_events=most, progress=progress
            )
        segments: Files = {
            "products": list(
                dict.fromkeys(
                    (
                        *connect.segments(shop.raw, "products"),
                        *shop.raw.glob("products/api.parquet"),
                    )
                )
            ),
            "events": connect.segments(shop.raw, "events"),
        }
        return load_rows(tables, segments, max_events=most)


def _show(report: ExamReport, *, by_kind: bool) -> None:
    """Print a line for each check (and each kind of dirt), what was not examined, and the totals."""
    from baihuo.exam import CHECK_HEADS, HEADS

    parts: list[tuple[str, Sequence[str], Iterable[Sequence[str]]]] = [
        ("Known dirt by check, with 95% intervals", CHECK_HEADS, report.check_rows()),
        ("Not examined", ("check", "why"), report.not_examined()),
    ]
    if by_kind:
        rows = [[row[0], *row[2:]] for row in report.kind_rows()]  # the page describes them
        parts = [("Known dirt by kind (* found completely)", (HEADS[0], *HEADS[2:]), rows)]
    for title, heads, lines in [*parts, ("In all", ("", ""), report.sums())]:
        table = dense_table(title, heads[0], padding=(0, 1, 0, 0))
        for head in heads[1:]:
            is_number = len(heads) > 2 and head != "met"
            table.add_column(head, justify="right" if is_number else "left")
        for line in lines:
            table.add_row(*line)
        if table.row_count:
            stdout.print(table)


def _summary(report: ExamReport) -> str:
    n = report.body["outcomes"]
    words = {"met": "met", "not met": "not met", "false alarms": "with false alarms"}
    words |= {"too few": "with fewer than 30 rows of dirt", "not examined": "not examined"}
    return "checks: " + ", ".join(f"{count(n.get(k, 0))} {text}" for k, text in words.items())
