"""``baihuo quarantine release``: rows sent back in as they are."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer

from baihuo.cli.context import ShopOption, stderr
from baihuo.cli.row_options import By, TableOption, Why, record_decision, table_of
from baihuo.settings import shop_folder


def release(
    rows: Annotated[list[str], typer.Argument(help="Rows, as in 3:17.")],
    why: Why,
    by: By = None,
    shop: ShopOption = None,
    table: TableOption = None,
) -> None:
    """Send rows back in as they are: you say that they are right, and the checks that took them are waived.

    \b
    baihuo quarantine release 3:17 3:18 --why "the flagship really costs that much"
    """
    from baihuo import flow, quality

    folder, by = shop_folder(shop), by or getpass.getuser()
    new_ids = quality.release_from_quarantine(
        flow.row_store(folder),
        rows,
        by=by,
        why=why,
        mask=folder.column_mask(),
        table=table_of(table),
    )
    record_decision(folder, "release", rows, by=by, why=why)
    for row_id in new_ids:
        typer.echo(row_id)
    stderr.print(f"{len(new_ids):,} sent in; `baihuo check` looks at them")
