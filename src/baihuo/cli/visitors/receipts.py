"""``baihuo visitors receipts``: who asked to be forgotten, and how far that is."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from baihuo.cli.context import ShopOption, stderr, stdout
from baihuo.settings import shop_folder


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
