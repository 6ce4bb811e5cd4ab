"""``baihuo schema``: JSON Schema of the main records."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from baihuo.core import BadInput


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
