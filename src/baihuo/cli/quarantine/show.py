"""``baihuo quarantine show``: one row in quarantine."""

from __future__ import annotations

import typer

from baihuo.cli.context import ShopOption, stdout
from baihuo.cli.custom_checks import custom_checks_of
from baihuo.cli.row_options import RowArgument, TableOption, table_of
from baihuo.settings import shop_folder


def show(row: RowArgument, shop: ShopOption = None, table: TableOption = None) -> None:
    """Show one row in quarantine: its values, which check took it, why, and how to fix it.

    \b
    baihuo quarantine show 3:17
    """
    from baihuo import flow, quality
    from baihuo.cli.tables.rows import kept_lines
    from baihuo.quality import quarantined

    folder = shop_folder(shop)
    quarantined_row = quarantined.find_row(flow.row_store(folder), row, table_of(table))
    stdout.print(kept_lines(quarantined_row), markup=False, highlight=False)
    if quarantined_row.step != quarantined.IMPORT:
        typer.echo(
            "\n" + quality.explain(quarantined_row.check, custom_checks_of(folder.rules_file))
        )
