"""``baihuo import``: read files into the shop."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from baihuo.cli.context import ShopOption, shop_context, split_pair, stderr, stdout
from baihuo.core import BadInput

# ``baihuo schema``: JSON Schema of the main records.


def schema(
    name: Annotated[
        str | None, typer.Argument(help="event, product, query, page or quality_report.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write all of them to this folder.")] = None,
) -> None:
    """Print the JSON Schema of a record, generated from the code.

    \b
    baihuo schema event
    baihuo schema --out schemas
    """
    from baihuo.core import RECORDS, json_schema
    from baihuo.quality import report_schema

    known = sorted([*RECORDS, "quality_report"])
    if name is not None and name not in known:
        raise BadInput(f"there is no schema {name!r}", fix=f"one of {', '.join(known)}")
    for schema_name in [name] if name else known:
        schema = report_schema() if schema_name == "quality_report" else json_schema(schema_name)
        text = json.dumps(schema, indent=2, ensure_ascii=False)
        if out is None:
            typer.echo(text)
        else:
            out.mkdir(parents=True, exist_ok=True)
            (out / f"{schema_name}.schema.json").write_text(text + "\n", encoding="utf-8")


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
