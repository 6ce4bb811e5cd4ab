"""``baihuo quarantine export``: quarantined rows to a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from baihuo.cli.context import ShopOption, stderr
from baihuo.cli.row_options import TableOption, table_of
from baihuo.settings import shop_folder


def export(
    file: Annotated[Path, typer.Argument(help="FILE.csv, FILE.jsonl or FILE.parquet.")],
    shop: ShopOption = None,
    table: TableOption = None,
    check: Annotated[
        str | None, typer.Option(help="Only rows that this check, step or reason took.")
    ] = None,
) -> None:
    """Write what is in quarantine to a file, to be fixed there and sent back with `fix --file`.

    A cell that a spreadsheet would run as a formula stands behind an apostrophe.

    \b
    baihuo quarantine export to-fix.csv --check unknown_product
    """
    from baihuo import flow
    from baihuo.quality import spreadsheet

    n_rows = spreadsheet.export(
        flow.row_store(shop_folder(shop)), file, table=table_of(table), check=check
    )
    stderr.print(f"{n_rows:,} rows in {file}", markup=False, highlight=False)
