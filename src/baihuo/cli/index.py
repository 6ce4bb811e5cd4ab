"""``baihuo index``: words, vectors and columns of the catalogue."""

from __future__ import annotations

import typer

from baihuo.cli.opened import ShopOption, opened


def index(shop: ShopOption = None) -> None:
    """Build the index generation of the clean catalogue: words, vectors, columns.

    \b
    baihuo index
    """
    from baihuo import flow

    with opened(shop) as (folder, progress):
        typer.echo(flow.make_index(folder, progress=progress))
