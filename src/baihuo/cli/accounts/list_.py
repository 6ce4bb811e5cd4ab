"""``baihuo accounts list``: the accounts of a shop."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from baihuo.cli.context import ShopOption, stderr, stdout
from baihuo.settings import shop_folder


def list_(
    shop: ShopOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object an account.")] = False,
) -> None:
    """Show all accounts, with their roles, whether they may log in, and when they did last.

    \b
    baihuo accounts list
    """
    from baihuo import flow
    from baihuo.cli.tables.accounts import account_row, accounts_table

    found = flow.all_accounts(shop_folder(shop))
    if as_json:
        for account in found:
            typer.echo(json.dumps(account_row(account)))
        return
    if found:
        stdout.print(accounts_table(found))
    else:
        stderr.print(
            "no account was made: baihuo accounts create NAME --role engineer", markup=False
        )
