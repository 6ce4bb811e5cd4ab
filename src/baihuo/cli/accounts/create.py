"""``baihuo accounts create``: a new account."""

from __future__ import annotations

import typer

from baihuo.cli.accounts.options import (
    Invite,
    Name,
    PasswordFile,
    RoleName,
    Url,
    given_password,
    require_one_way,
    role_of,
)
from baihuo.cli.context import ShopOption, stderr
from baihuo.settings import shop_folder


def create(
    name: Name,
    role: RoleName,
    invite: Invite = False,
    password_file: PasswordFile = None,
    url: Url = None,
    shop: ShopOption = None,
) -> None:
    """Make an account. The password is asked for twice, or its holder chooses it by a link.

    A viewer reads how the shop is; a merchandiser also decides on rows in quarantine and judges results; the desk talks with
    customers; an engineer may do everything.

    \b
    baihuo accounts create ann --role engineer
    baihuo accounts create bob --role merchandiser --invite --url https://shop.example.com
    pass show shop/carol | baihuo accounts create carol --role viewer --password-file -
    """
    from baihuo import flow
    from baihuo.access import require_account_name

    chosen, folder = role_of(role), shop_folder(shop)
    require_one_way(password_file, url, is_invited=invite)
    require_account_name(name)  # before a password is typed for nothing
    password = None if invite else given_password(password_file)
    flow.create_account(folder, name, chosen, password=password)
    if invite:
        typer.echo(flow.invite(folder, name, url=url))
        stderr.print("the link works once, within 24 hours", markup=False)
    else:
        stderr.print(f"{name} may log in as {chosen}", markup=False, highlight=False)
