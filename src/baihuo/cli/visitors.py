"""``baihuo visitors``: one function a command."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer

from baihuo.cli.context import ShopOption, stderr, stdout
from baihuo.settings import shop_folder

visitors = typer.Typer(
    help="Data of visitors: export what is stored of one, receipts of those who were forgotten.",
    no_args_is_help=True,
)


@visitors.command("export")
def export(
    visitor: Annotated[str, typer.Argument(help="The id, as events hold it.")],
    shop: ShopOption = None,
    lines: Annotated[
        bool, typer.Option("--lines", help="One JSON object a row, instead of one document.")
    ] = False,
) -> None:
    """Write all that the shop stores of a visitor to standard output: events, served pages, judgements, profile.

    A visitor of whom nothing is stored gets empty lists. In no more memory than a batch of rows takes.

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
    """Show receipts of erasures and of data that was kept long enough: what was removed where, and what it waits for.

    \b
    baihuo visitors receipts
    baihuo visitors receipts --json --limit 5
    """
    from baihuo import flow
    from baihuo.cli.tables.receipts import receipts_table

    found = flow.erasures(shop_folder(shop), newest=limit)
    if as_json:
        for receipt in found:
            typer.echo(json.dumps(asdict(receipt), ensure_ascii=False))
    elif found:
        stdout.print(receipts_table(found))
    else:
        stderr.print("nobody asked to be forgotten yet", markup=False)
