"""``baihuo status``: the state of the shop."""

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
    """Show the state of the shop, stage by stage, and the next command to run. Writes nothing.

    \b
    baihuo status
    baihuo status --shop shops/sample --json
    """
    from baihuo import flow
    from baihuo.cli.tables.status import status_table

    state = flow.status(shop_folder(shop))
    if as_json:
        typer.echo(json.dumps(state.to_json(), ensure_ascii=False))
        return
    stdout.print(status_table(state))
    stdout.print(f"next: {state.next_step}", markup=False, highlight=False, style="bold")
