"""``baihuo accounts role``: another role."""

from __future__ import annotations

from typing import Annotated

import typer

from baihuo.cli.accounts.options import Name, role_of
from baihuo.cli.context import ShopOption, stderr
from baihuo.settings import shop_folder


def role(
    name: Name,
    new: Annotated[
        str, typer.Argument(metavar="ROLE", help="viewer, merchandiser, desk or engineer.")
    ],
    shop: ShopOption = None,
) -> None:
    """Give an account another role. It counts from the next request on, also where its holder is logged in.

    \b
    baihuo accounts role bob engineer
    """
    from baihuo import flow

    account = flow.set_account_role(shop_folder(shop), name, role_of(new))
    stderr.print(f"{name} has the role {account.role}", markup=False, highlight=False)
