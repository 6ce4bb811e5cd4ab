"""``baihuo lineage``: a row's whole story."""

from __future__ import annotations

from typing import Annotated

import typer

from baihuo.cli.context import ShopOption, stdout
from baihuo.cli.row_options import TableOption, table_of
from baihuo.settings import shop_folder


def lineage(
    row: Annotated[str, typer.Argument(help="A row (3:17), an event id or a product id.")],
    shop: ShopOption = None,
    table: TableOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a row.")] = False,
) -> None:
    """Tell a row's whole story: file and line, every finding, where it is now, which bundles used it.

    \b
    baihuo lineage 3:17
    baihuo lineage order-4711 --json
    """
    from baihuo import flow, quality
    from baihuo.cli.tables.rows import story_lines

    folder = shop_folder(shop)
    at = flow.row_store(folder)
    for story in quality.lineage(at, row, table=table_of(table), bundles=folder.bundles):
        if as_json:
            typer.echo(story.to_json())
        else:
            stdout.print(story_lines(story), markup=False, highlight=False)
