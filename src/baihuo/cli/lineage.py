"""``baihuo lineage``: the lineage of a row."""

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
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object for each row.")
    ] = False,
) -> None:
    """Show the lineage of a row: file and line, every finding, where it is now, which bundles used it.

    \b
    baihuo lineage 3:17
    baihuo lineage order-4711 --json
    """
    from baihuo import flow, quality
    from baihuo.cli.tables.rows import lineage_lines

    folder = shop_folder(shop)
    store = flow.row_store(folder)
    for row_lineage in quality.lineage(store, row, table=table_of(table), bundles=folder.bundles):
        if as_json:
            typer.echo(row_lineage.to_json())
        else:
            stdout.print(lineage_lines(row_lineage), markup=False, highlight=False)
