"""``baihuo import``: read files into the shop."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from baihuo.cli.context import ShopOption, shop_context, split_pair, stderr, stdout


def import_(
    files: Annotated[list[Path], typer.Argument(help="Files, or the folder of a known data set.")],
    shop: ShopOption = None,
    kind: Annotated[
        str | None, typer.Option(help="events or products (default: by the columns).")
    ] = None,
    file_format: Annotated[
        str | None,
        typer.Option(
            "--format", help="csv, jsonl, parquet, icecat, online_retail (default: by the file)."
        ),
    ] = None,
    pairs: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            help="our_field=their_column; repeat for several. Applies to the files that have the column.",
        ),
    ] = None,
    currency: Annotated[str | None, typer.Option(help="Currency of prices without one.")] = None,
    encoding: Annotated[
        str | None,
        typer.Option(help="Encoding of the text files that are not UTF-8, such as gb18030."),
    ] = None,
) -> None:
    """Import files. Unusable rows go to quarantine with the reason.

    \b
    baihuo import events.csv products.jsonl
    baihuo import log.csv --map visitor_id=customer --map product_id=sku --currency EUR
    baihuo import ../data/icecat --format icecat
    """
    from baihuo import flow
    from baihuo.cli.tables import imports_table

    mapping = dict(split_pair(text) for text in pairs or [])
    with shop_context(shop) as (folder, progress):
        result = flow.import_files(
            folder,
            files,
            kind=kind,
            file_format=file_format,
            mapping=mapping,
            currency=currency,
            encoding=encoding,
            progress=progress,
        )
    stdout.print(imports_table(list(result.records)))
    if result.n_known:
        stderr.print(f"{result.n_known:,} rows were imported before; nothing changed")
