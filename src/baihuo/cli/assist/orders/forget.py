"""``baihuo assist orders forget``: a shopper's orders are removed."""

from __future__ import annotations

from typing import Annotated

import typer

from baihuo.cli.context import ShopOption
from baihuo.settings import shop_folder


def forget(
    shopper_id: Annotated[str, typer.Argument(metavar="SHOPPER", help="Id of the shopper.")],
    shop: ShopOption = None,
) -> None:
    """Remove a shopper from the shop's orders: profile, orders, and what customer service changed for them.

    `baihuo forget` removes a visitor from everything else, and here what was made of their events. Orders that you imported are your
    books, which the law may tell you to keep: so they go only by this command. Leave the shopper out of files that you import again.

    \b
    baihuo assist orders forget ada@example.com
    """
    from baihuo import flow

    n_orders = flow.forget_shopper(shop_folder(shop), shopper_id)
    typer.echo(f"removed, with {n_orders:,} orders")
