"""``baihuo keys list``: the keys of a shop."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from baihuo.cli.context import ShopOption, stderr, stdout
from baihuo.settings import shop_folder


def list_(
    shop: ShopOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a key.")] = False,
) -> None:
    """Show all keys, with their scopes, when they end and when they were used last. Secrets are not kept.

    \b
    baihuo keys list
    """
    from baihuo import flow
    from baihuo.cli.tables.keys import key_row, keys_table

    found, at_us = flow.keys(shop_folder(shop)), flow.now_us()
    if as_json:
        for key in found:
            typer.echo(json.dumps(key_row(key, at_us)))
        return
    if found:
        stdout.print(keys_table(found, at_us))
    else:
        stderr.print("no key was made: baihuo keys create NAME --scope SCOPE", markup=False)
