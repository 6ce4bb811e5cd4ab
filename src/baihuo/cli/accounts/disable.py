"""``baihuo accounts disable``: nobody logs in with it."""

from __future__ import annotations

from typing import Annotated

import typer

from baihuo.cli.accounts.options import Name
from baihuo.cli.context import ShopOption, stderr
from baihuo.settings import shop_folder


def disable(
    name: Name,
    undo: Annotated[
        bool, typer.Option("--undo", help="Let it log in again, with the password that it had.")
    ] = False,
    shop: ShopOption = None,
) -> None:
    """Let nobody log in with an account. Whoever is logged in with it is logged out at once.

    \b
    baihuo accounts disable bob
    baihuo accounts disable bob --undo
    """
    from baihuo import flow

    folder = shop_folder(shop)
    account = flow.enable_account(folder, name) if undo else flow.disable_account(folder, name)
    stderr.print(f"{name} is {account.state}", markup=False, highlight=False)
