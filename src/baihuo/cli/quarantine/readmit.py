"""``baihuo quarantine readmit``: rows sent back in as they are."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer

from baihuo.cli.opened import ShopOption, stderr
from baihuo.cli.row_options import By, TableOption, Why, table_of
from baihuo.settings import shop_folder


def readmit(
    rows: Annotated[list[str], typer.Argument(help="Rows, as in 3:17.")],
    why: Why,
    by: By = None,
    shop: ShopOption = None,
    table: TableOption = None,
) -> None:
    """Send rows back in as they are: you say that they are right, and the checks that took them yield.

    \b
    baihuo quarantine readmit 3:17 3:18 --why "the flagship really costs that much"
    """
    from baihuo import flow, privacy, quality

    folder = shop_folder(shop)
    sent = quality.readmit(
        flow.rows_at(folder),
        rows,
        by=by or getpass.getuser(),
        why=why,
        mask=privacy.column_mask(folder.mask_key()),
        table=table_of(table),
    )
    for row_id in sent:
        typer.echo(row_id)
    stderr.print(f"{len(sent):,} sent in; `baihuo check` looks at them")
