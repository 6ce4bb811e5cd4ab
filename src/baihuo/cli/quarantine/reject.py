"""``baihuo quarantine reject``: rows that stay out for good."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer

from baihuo.cli.context import ShopOption, stderr
from baihuo.cli.row_options import By, TableOption, Why, record_decision, table_of
from baihuo.settings import shop_folder


def reject(
    rows: Annotated[list[str], typer.Argument(help="Rows, as in 3:17.")],
    why: Why,
    by: By = None,
    shop: ShopOption = None,
    table: TableOption = None,
) -> None:
    """Keep rows out for good: you looked at them, and they are wrong. They leave the list; `list --rejected` shows them.

    \b
    baihuo quarantine reject 3:17 3:18 --why "the till was being tested"
    """
    from baihuo import flow, quality

    folder, by = shop_folder(shop), by or getpass.getuser()
    quality.reject(flow.row_store(folder), rows, by=by, why=why, table=table_of(table))
    record_decision(folder, "reject", rows, by=by, why=why)
    stderr.print(f"{len(rows):,} rejected")
