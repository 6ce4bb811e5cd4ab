"""``baihuo status``: what state the shop is in."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from baihuo.cli.context import ShopOption, stdout
from baihuo.settings import shop_folder


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
    from baihuo.cli.tables.status import status_table

    found = flow.status(shop_folder(shop))
    if as_json:
        typer.echo(json.dumps(found.to_json(), ensure_ascii=False))
        return
    stdout.print(status_table(found))
    stdout.print(f"next: {found.next_step}", markup=False, highlight=False, style="bold")
