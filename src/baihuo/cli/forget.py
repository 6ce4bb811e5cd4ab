"""``baihuo forget``: erase visitors from every file."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.markup import escape
from rich.table import Table

from baihuo.cli.context import ShopOption, shop_context, stderr, stdout
from baihuo.cli.tables import printable
from baihuo.core import BadInput
from baihuo.settings import shop_folder

if TYPE_CHECKING:
    from baihuo.monitor import ReceiptState


def forget(
    visitors: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[VISITOR]...", help="Ids, in addition to those requested over the API."
        ),
    ] = None,
    shop: ShopOption = None,
    file: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="A file of ids, one a line.")
    ] = None,
    expired: Annotated[
        bool,
        typer.Option("--expired", help="Also remove data older than privacy.retention allows."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a receipt.")] = False,
) -> None:
    """Erase visitors from every file of the shop: those requested over the API, and those named here. Covers the live log, imported rows,
    refused rows, the clean tables and their report, examples of training, feature
    states, served pages, judgements, searches that only they typed. Names the bundles trained on them, to be retrained within
    privacy.retrain_within_days. May run while the shop is served. If it is killed, run it again.

    \b
    baihuo forget
    baihuo forget account-17 account-18
    baihuo forget --file asked.txt --expired --json
    """
    from baihuo import flow

    named = [*(visitors or ()), *(_ids(file) if file is not None else ())]
    with shop_context(shop) as (folder, progress):
        if not folder.root.is_dir():
            raise BadInput(f"there is no shop at {folder.root}", fix="name its folder with --shop")
        receipts = flow.forget(folder, named, progress=progress)
        if expired and (old := flow.forget_expired(folder, progress=progress)) is not None:
            receipts.append(old)
        has_backups = (folder.root / "backups.json").exists()
    if as_json:
        for receipt in receipts:
            typer.echo(json.dumps(asdict(receipt), ensure_ascii=False))
    elif receipts:
        stdout.print(receipts_table(receipts))
    else:
        stderr.print("no visitor waits for erasure, and no data is too old", markup=False)
    if receipts and not has_backups:
        stderr.print(
            "older copies of the shop still contain the removed data, until you delete them",
            markup=False,
        )


def _ids(file: Path) -> list[str]:
    try:
        lines = file.read_text("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise BadInput(f"{file} is not UTF-8: {error}", fix="give text, one id a line") from error
    return [line.strip() for line in lines if line.strip()]


# Receipts of erasures as a table.


_MOST_PLACES = 12


def receipts_table(receipts: Sequence[ReceiptState]) -> Table:
    """Build a table with a row for each receipt: what was removed where, and what is left."""
    table = Table(box=box.SIMPLE, pad_edge=False)
    table.add_column("receipt", overflow="fold")
    table.add_column("status")
    table.add_column("rows", justify="right")
    table.add_column("removed from, and what is left", overflow="fold")
    for receipt in receipts:
        words = escape(printable("\n".join(_lines(receipt))))
        table.add_row(receipt.receipt_id, receipt.status, f"{receipt.n_removed:,}", words)
    return table


def _lines(receipt: ReceiptState) -> list[str]:
    places = [f"{place}: {n:,}" for place, n in receipt.removed.items()]
    more = len(places) - _MOST_PLACES
    lines = [*places[:_MOST_PLACES], *([f"and {more:,} other files"] if more > 0 else [])]
    if receipt.live_bundle is not None and receipt.retrain_by_us is not None:
        lines.append(
            f"bundle {receipt.live_bundle} serves and was trained on it: train and release by {_day(receipt.retrain_by_us)}"
        )
    lines += [f"the backup {path} still contains it" for path in receipt.backups]
    return lines or ["nothing was stored"]


def _day(at_us: int) -> str:
    return f"{datetime.fromtimestamp(at_us / 1e6, UTC):%Y-%m-%d}"


# ``baihuo visitors``: one function a command.


visitors = typer.Typer(
    help="Data of visitors: export one visitor's data, receipts of erasures.",
    no_args_is_help=True,
)


@visitors.command("export")
def export(
    visitor: Annotated[str, typer.Argument(help="The visitor's id in events.")],
    shop: ShopOption = None,
    lines: Annotated[
        bool, typer.Option("--lines", help="One JSON object a row, instead of one document.")
    ] = False,
) -> None:
    """Write all stored data of a visitor to standard output: events, served pages, judgements, conversations, ads, profile. Unknown visitors get empty lists.

    \b
    baihuo visitors export account-17 > account-17.json
    baihuo visitors export account-17 --lines
    """
    from baihuo import flow

    for piece in flow.export_visitor(shop_folder(shop), visitor, is_lines=lines):
        sys.stdout.buffer.write(piece)
    if not lines:
        sys.stdout.buffer.write(b"\n")


@visitors.command("receipts")
def receipts(
    shop: ShopOption = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="The newest receipts.")] = 30,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a receipt.")] = False,
) -> None:
    """Show receipts of erasures and of expired data: what was removed where, and what is left.

    \b
    baihuo visitors receipts
    baihuo visitors receipts --json --limit 5
    """
    from baihuo import flow

    found = flow.erasures(shop_folder(shop), newest=limit)
    if as_json:
        for receipt in found:
            typer.echo(json.dumps(asdict(receipt), ensure_ascii=False))
    elif found:
        stdout.print(receipts_table(found))
    else:
        stderr.print("no erasures yet", markup=False)
