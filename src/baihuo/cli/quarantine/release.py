"""``baihuo quarantine release``: rows sent back in as they are."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer

from baihuo.cli.context import ShopOption, stderr
from baihuo.cli.row_options import By, TableOption, Why, table_of
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
    from baihuo import flow, privacy, quality

    folder = shop_folder(shop)
    new_ids = quality.release_from_quarantine(
        flow.row_store(folder),
        rows,
        by=by or getpass.getuser(),
        why=why,
        mask=folder.column_mask(),
        table=table_of(table),
    )
    detail = {"by": by or getpass.getuser(), "why": privacy.redact(why).text, "n_rows": len(rows)}
    flow.record_audit(folder, "quarantine.release", subject=rows[0], detail=detail)
    for row_id in new_ids:
        typer.echo(row_id)
    stderr.print(f"{len(new_ids):,} sent in; `baihuo check` looks at them")
