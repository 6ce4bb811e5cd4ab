"""``baihuo accounts delete``: an account that is no more."""

from __future__ import annotations

from baihuo.cli.accounts.options import Name
from baihuo.cli.context import ShopOption, stderr
from baihuo.settings import shop_folder


def delete(name: Name, shop: ShopOption = None) -> None:
    """Delete an account. Whoever is logged in with it is logged out; what it did stays in the audit log.

    \b
    baihuo accounts delete bob
    """
    from baihuo import flow

    flow.delete_account(shop_folder(shop), name)
    stderr.print(f"{name} has no account any more", markup=False, highlight=False)
