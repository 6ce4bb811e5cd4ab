"""``baihuo quarantine``: one function a command."""

from __future__ import annotations

import getpass
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias, cast

import typer

from baihuo.cli.context import ShopOption, split_pair, stderr, stdout
from baihuo.core import BadInput, NotFound, Unsupported
from baihuo.settings import Shop, shop_folder

if TYPE_CHECKING:
    from baihuo.quality import RowStore, spreadsheet


# Options of the commands that work on single rows.


RowArgument = Annotated[str, typer.Argument(help="import:line, such as 3:17.")]
TableOption = Annotated[
    str | None, typer.Option("--table", help="events or products, if both have this row.")
]
By = Annotated[str | None, typer.Option("--by", help="Who decides (default: your login).")]
Why = Annotated[str, typer.Option("--why", help="Reason, stored with the row.")]


def table_of(table: str | None) -> Literal["events", "products"] | None:
    """Parse ``--table``. Raises: BadInput: unknown table."""
    if table not in (None, "events", "products"):
        raise BadInput(f"there is no table {table!r}", fix="use events or products")
    return cast('Literal["events", "products"] | None', table)


def record_decision(shop: Shop, action: str, rows: Sequence[str], *, by: str, why: str) -> None:
    """Record a person's decision on rows in the audit trail; personal data in the reason is masked.

    Args:
        action: "fix", "release", "reject".
    """
    from baihuo import flow, privacy

    detail = {"by": by, "why": privacy.redact(why).text, "n_rows": len(rows)}
    flow.record_audit(shop, f"quarantine.{action}", subject=rows[0], detail=detail)


quarantine = typer.Typer(
    help="Rows in quarantine: browse, explain, fix, release, reject. Notes about groups: list, accept.",
    no_args_is_help=True,
)


@quarantine.command("list")
def list_(
    shop: ShopOption = None,
    table: TableOption = None,
    check: Annotated[
        str | None, typer.Option(help="Only rows quarantined by this check, step or reason.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="The most rows to show.")] = 20,
    is_rejected: Annotated[
        bool,
        typer.Option("--rejected", help="Rows that a person rejected, instead of the others."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a row.")] = False,
) -> None:
    """Show the quarantine: rows by check, and the first rows.

    \b
    baihuo quarantine list
    baihuo quarantine list --check unknown_product --limit 100 --json
    baihuo quarantine list --rejected
    """
    from baihuo import flow
    from baihuo.cli.tables import counts_table, quarantine_table
    from baihuo.quality import quarantined

    store = flow.row_store(shop_folder(shop))
    rows = quarantined.list_rows(
        store, table=table_of(table), check=check, limit=limit, is_rejected=is_rejected
    )
    counts = quarantined.count_rows(store, is_rejected=is_rejected)
    if check and not rows:
        names = sorted({name for one in counts for name in (one["check"], one["step"])})
        state = "rejected" if is_rejected else "in quarantine"
        others = f"rows are {state} by {', '.join(names)}" if names else f"none is {state} at all"
        stderr.print(f"no row is {state} by {check!r}; {others}")
    if as_json:
        for row in rows:
            typer.echo(json.dumps(asdict(row), ensure_ascii=False, default=str))
        return
    stdout.print(counts_table(counts))
    stdout.print(quarantine_table(rows))


@quarantine.command("show")
def show(row: RowArgument, shop: ShopOption = None, table: TableOption = None) -> None:
    """Show one row in quarantine: its values, the check, the reason, and how to fix it.

    \b
    baihuo quarantine show 3:17
    """
    from baihuo import flow, quality
    from baihuo.cli.tables import quarantined_row_lines
    from baihuo.quality import quarantined

    folder = shop_folder(shop)
    quarantined_row = quarantined.find_row(flow.row_store(folder), row, table_of(table))
    stdout.print(quarantined_row_lines(quarantined_row), markup=False, highlight=False)
    if quarantined_row.step != quarantined.IMPORT:
        typer.echo(
            "\n" + quality.explain(quarantined_row.check, flow.custom_checks(folder.rules_file))
        )


@quarantine.command("export")
def export(
    file: Annotated[Path, typer.Argument(help="FILE.csv, FILE.jsonl or FILE.parquet.")],
    shop: ShopOption = None,
    table: TableOption = None,
    check: Annotated[
        str | None, typer.Option(help="Only rows quarantined by this check, step or reason.")
    ] = None,
) -> None:
    """Write the quarantine to a file, to be fixed there and sent back with `fix --file`. Cells that a spreadsheet would run as a formula
    get an apostrophe.

    \b
    baihuo quarantine export to-fix.csv --check unknown_product
    """
    from baihuo import flow
    from baihuo.quality import spreadsheet

    n_rows = spreadsheet.export(
        flow.row_store(shop_folder(shop)), file, table=table_of(table), check=check
    )
    stderr.print(f"{n_rows:,} rows in {file}", markup=False, highlight=False)


_MOST_ROWS = 100_000
Table: TypeAlias = Literal["events", "products"]


@quarantine.command("fix")
def fix(
    why: Why,
    row: Annotated[str | None, typer.Argument(help="import:line, such as 3:17.")] = None,
    pairs: Annotated[
        list[str] | None,
        typer.Option("--set", help="field=value; may be repeated; field= empties it."),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option("--file", help="An edited file of `export`, instead of a row."),
    ] = None,
    check: Annotated[
        str | None,
        typer.Option(
            "--check", help="All rows quarantined by this check, step or reason, with --set."
        ),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Change nothing: show the checks' result for the row, or the changes of --file or --check.",
        ),
    ] = False,
    by: By = None,
    shop: ShopOption = None,
    table: TableOption = None,
) -> None:
    """Send fixed copies of rows back. The next check reads them instead of the old ones.

    \b
    baihuo quarantine fix 3:17 --set quantity=2 --why "the till sent none" --dry-run
    baihuo quarantine fix 3:17 --set quantity=2 --why "the till sent none"
    baihuo quarantine fix --file to-fix.csv --why "looked up in the till" --dry-run
    baihuo quarantine fix --check bad_quantity --set quantity=1 --why "this till sells single pieces"
    """
    from baihuo import flow, quality
    from baihuo.cli.tables import printable
    from baihuo.quality import spreadsheet

    if sum(x is not None for x in (row, file, check)) != 1 or (file is not None and pairs):
        raise BadInput(
            "give a row or --check with --set, or --file", fix="as in fix 3:17 --set quantity=2"
        )
    folder = shop_folder(shop)
    store = flow.row_store(folder)
    mask = folder.column_mask()
    by = by or getpass.getuser()
    values: dict[str, str | None] = {**_pairs(pairs or [])}
    if row is not None and dry_run:
        _preview(folder, store, row, values, table_of(table))
        return
    if row is not None:
        new_id = quality.fix(store, row, values, by=by, why=why, mask=mask, table=table_of(table))
        record_decision(folder, "fix", [row], by=by, why=why)
        typer.echo(new_id)
        stderr.print("sent in; `baihuo check` looks at it")
        return
    if file is not None:
        edits = spreadsheet.read_edits(store, file)
    else:
        edits = _edits_of(store, str(check), values)
    edits = [edit for edit in edits if table_of(table) in (None, edit.row.table)]
    for edit in edits:
        stderr.print(printable(str(edit)), markup=False, highlight=False)
    if not dry_run and edits:
        changes = [(edit.row, edit.values) for edit in edits]
        for row_id in quality.fix_all(store, changes, by=by, why=why, mask=mask):
            typer.echo(row_id)
        row_ids = [str(edit.row.row_id) for edit in edits]
        record_decision(folder, "fix", row_ids, by=by, why=why)
    done = "would be sent in" if dry_run else "sent in; `baihuo check` looks at them"
    stderr.print(f"{len(edits):,} {done}")


def _edits_of(store: RowStore, check: str, values: dict[str, str | None]) -> list[spreadsheet.Edit]:
    """Return the same edits for every row of a check that was not sent back yet. Raises: BadInput: unknown field, or none. NotFound: the
    check has no rows in quarantine.
    """
    from baihuo.quality import CHECKS, check_fields, quarantined, spreadsheet

    rows = quarantined.list_rows(store, check=check, limit=_MOST_ROWS)
    is_known = any(check in (c.name, c.step) for c in CHECKS)  # its rows may all be sent back
    if not rows and not is_known:
        names = sorted(
            {n for one in quarantined.count_rows(store) for n in (one["check"], one["step"])}
        )
        if names:
            raise NotFound(
                f"--check {check!r}: no row is in quarantine by it",
                fix=f"rows are there by {', '.join(names)}",
            )
    for row in rows:
        check_fields(row, values)
    return [spreadsheet.Edit(row, 0, {**values}) for row in rows if row.waiting is None]


def _pairs(texts: list[str]) -> dict[str, str]:
    """Return field → value of ``--set``. Raises: BadInput: not a pair, or a field is set twice."""
    values: dict[str, str] = {}
    for text in texts:
        name, value = split_pair(text, "--set", "field=value")
        if name in values:
            raise BadInput(
                f"--set gives {name} twice: {values[name]!r} and {value!r}", fix="give it once"
            )
        values[name] = value
    return values


def _preview(
    folder: Shop, store: RowStore, row: str, values: dict[str, str | None], table: Table | None
) -> None:
    """Print the checks' result for the edited row; exit with 1 if it would not be used."""
    from baihuo import flow, quality
    from baihuo.cli.tables import preview_lines

    options = quality.CleanOptions(
        mask_key=folder.mask_key(),
        absent_consent=folder.settings().privacy.absent_consent,
        custom=flow.custom_checks(folder.rules_file),
    )
    rules = quality.load_rules(folder.rules_file)
    seen = quality.preview(
        store, row, values, mask=folder.column_mask(), rules=rules, options=options, table=table
    )
    typer.echo(preview_lines(seen))
    if not seen.is_clean:
        raise typer.Exit(1)


@quarantine.command("release")
def release(
    rows: Annotated[list[str], typer.Argument(help="Rows, such as 3:17.")],
    why: Why,
    by: By = None,
    shop: ShopOption = None,
    table: TableOption = None,
) -> None:
    """Send rows back unchanged: you confirm that they are right, and the checks that quarantined them are waived.

    \b
    baihuo quarantine release 3:17 3:18 --why "the flagship really costs that much"
    """
    from baihuo import flow, quality

    folder, by = shop_folder(shop), by or getpass.getuser()
    new_ids = quality.release_from_quarantine(
        flow.row_store(folder),
        rows,
        by=by,
        why=why,
        mask=folder.column_mask(),
        table=table_of(table),
    )
    record_decision(folder, "release", rows, by=by, why=why)
    for row_id in new_ids:
        typer.echo(row_id)
    stderr.print(f"{len(new_ids):,} sent in; `baihuo check` looks at them")


@quarantine.command("reject")
def reject(
    rows: Annotated[list[str], typer.Argument(help="Rows, such as 3:17.")],
    why: Why,
    by: By = None,
    shop: ShopOption = None,
    table: TableOption = None,
) -> None:
    """Reject rows for good: you looked at them, and they are wrong. They leave the list; `list --rejected` shows them.

    \b
    baihuo quarantine reject 3:17 3:18 --why "the till was being tested"
    """
    from baihuo import flow, quality

    folder, by = shop_folder(shop), by or getpass.getuser()
    quality.reject(flow.row_store(folder), rows, by=by, why=why, table=table_of(table))
    record_decision(folder, "reject", rows, by=by, why=why)
    stderr.print(f"{len(rows):,} rejected")


@quarantine.command("notes")
def notes(
    shop: ShopOption = None,
    is_accepted: Annotated[
        bool, typer.Option("--accepted", help="What people accepted, instead of the notes.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show what the last check noted about groups (a platform, an id, a field of listings), with numbers for `accept`.

    \b
    baihuo quarantine notes
    baihuo quarantine notes --accepted
    """
    from baihuo import quality
    from baihuo.cli.tables import note_lines, verdict_lines

    folder = shop_folder(shop)
    verdicts = quality.read_accepted(folder.raw)
    if is_accepted:
        found = [(asdict(verdict), verdict_lines(verdict)) for verdict in verdicts]
    else:
        found = [
            ({"number": n, **asdict(note)}, note_lines(n, note, verdicts))
            for n, note in enumerate(quality.group_notes(folder.clean), 1)
        ]
    for plain, lines in found:
        if as_json:
            typer.echo(json.dumps(plain, ensure_ascii=False))
        else:
            stdout.print(lines, markup=False, highlight=False)
    if not found:
        stderr.print("nothing was accepted" if is_accepted else "no note about a group")


@quarantine.command("accept")
def accept(
    number: Annotated[str | None, typer.Argument(help="Of `notes`.")] = None,
    why: Annotated[str, typer.Option("--why", help="Reason, stored with it.")] = "",
    until: Annotated[
        str | None,
        typer.Option(
            "--until",
            help="Last day of the change, as 2026-05-31 (default: as noted if it is over, else it goes on).",
        ),
    ] = None,
    undo: Annotated[
        int | None, typer.Option("--undo", help="Take this one of `notes --accepted` back.")
    ] = None,
    by: By = None,
    shop: ShopOption = None,
) -> None:
    """Accept a note: the change is honest, and the next checks leave it out. One more than twice as far from what is usual, or after
    its end, is noted again.

    \b
    baihuo quarantine accept 2 --why "our new player"
    baihuo quarantine accept 3 --why "spring sale" --until 2026-05-31
    baihuo quarantine accept --undo 1
    """
    from baihuo import quality
    from baihuo.cli.tables import printable

    if (number is None) == (undo is None):
        raise BadInput("give a number or --undo", fix='as in accept 2 --why "our new player"')
    folder, by = shop_folder(shop), by or getpass.getuser()
    if undo is not None:
        why = why or "taken back"
        verdict = quality.undo_accepted(folder.raw, undo, by=by, why=why)
    else:
        verdict = quality.accept_note(
            folder.raw, folder.clean, str(number), by=by, why=why, until=until
        )
    action = "accept" if undo is None else "undo_accept"
    record_decision(folder, action, [str(verdict.note)], by=by, why=why)
    typer.echo(verdict.number)
    done = "accepted" if undo is None else "taken back"
    end = f" until {verdict.until}" if verdict.until and undo is None else ""
    said = printable(f"{done}{end}: {verdict.note}")
    stderr.print(f"{said}; `baihuo check` reads it", markup=False, highlight=False)


@quarantine.command("key", hidden=True)
def key(shop: ShopOption = None) -> None:
    """Keys have names and scopes now: see `baihuo keys`.

    \b
    baihuo keys create team --scope catalogue --scope merchandiser
    """
    raise Unsupported(
        "keys have names and scopes now, and are shown once; older keys stay valid",
        fix="baihuo keys create NAME --scope catalogue --scope merchandiser",
    )


# ``baihuo lineage``: the lineage of a row.


def lineage(
    row: Annotated[str, typer.Argument(help="A row (3:17), an event id or a product id.")],
    shop: ShopOption = None,
    table: TableOption = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object for each row.")
    ] = False,
) -> None:
    """Show the lineage of a row: file and line, every finding, where it is now, which bundles used it.

    \b
    baihuo lineage 3:17
    baihuo lineage order-4711 --json
    """
    from baihuo import flow, quality
    from baihuo.cli.tables import lineage_lines

    folder = shop_folder(shop)
    store = flow.row_store(folder)
    for row_lineage in quality.lineage(store, row, table=table_of(table), bundles=folder.bundles):
        if as_json:
            typer.echo(row_lineage.to_json())
        else:
            stdout.print(lineage_lines(row_lineage), markup=False, highlight=False)
