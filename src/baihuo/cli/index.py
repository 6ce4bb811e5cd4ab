"""``baihuo index``: terms, vectors and columns of the catalogue."""

from __future__ import annotations

import typer

from baihuo.cli.context import ShopOption, shop_context


def index(shop: ShopOption = None) -> None:
    """Build an index generation of the clean catalogue: terms, vectors, columns.

    \b
    baihuo index
    """
    from baihuo import flow

    with shop_context(shop) as (folder, progress):
        typer.echo(flow.make_index(folder, progress=progress))
