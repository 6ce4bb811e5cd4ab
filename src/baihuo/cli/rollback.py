"""``baihuo rollback``: make the previous bundle live."""

from __future__ import annotations

import typer

from baihuo.cli.context import ShopOption, shop_context


def rollback(shop: ShopOption = None) -> None:
    """Make the previous bundle live again.

    \b
    baihuo rollback
    """
    from baihuo import flow

    with shop_context(shop) as (folder, _):
        typer.echo(flow.rollback(folder))
