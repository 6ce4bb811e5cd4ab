"""``baihuo accounts password``: another password, or a link to choose one."""

from __future__ import annotations

import typer

from baihuo.cli.accounts.options import (
    Invite,
    Name,
    PasswordFile,
    Url,
    given_password,
    require_one_way,
)
from baihuo.cli.context import ShopOption, stderr
from baihuo.settings import shop_folder


def password(
    name: Name,
    invite: Invite = False,
    password_file: PasswordFile = None,
    url: Url = None,
    shop: ShopOption = None,
) -> None:
    """Set the password of an account. Whoever is logged in with it is logged out.

    \b
    baihuo accounts password ann
    baihuo accounts password ann --invite
    """
    from baihuo import flow

    folder = shop_folder(shop)
    require_one_way(password_file, url, is_invited=invite)
    if invite:
        typer.echo(flow.invite(folder, name, url=url))
        stderr.print("the link works once, within 24 hours", markup=False)
        return
    flow.set_account_password(folder, name, given_password(password_file))
    stderr.print(f"{name} logs in with the new password", markup=False, highlight=False)
