"""``baihuo schema``: our words as JSON Schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from baihuo.core import BadInput


def schema(
    word: Annotated[
        str | None, typer.Argument(help="event, product, query, page or quality_report.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write all of them to this folder.")] = None,
) -> None:
    """Print the JSON Schema of one of our words, made from the code itself.

    \b
    baihuo schema event
    baihuo schema --out docs/schemas
    """
    from baihuo.core.schemas import WORDS, json_schema
    from baihuo.quality import report_schema

    known = sorted([*WORDS, "quality_report"])
    if word is not None and word not in known:
        raise BadInput(f"there is no schema {word!r}", fix=f"one of {', '.join(known)}")
    for name in [word] if word else known:
        made = report_schema() if name == "quality_report" else json_schema(name)
        text = json.dumps(made, indent=2, ensure_ascii=False)
        if out is None:
            typer.echo(text)
        else:
            out.mkdir(parents=True, exist_ok=True)
            (out / f"{name}.schema.json").write_text(text + "\n", encoding="utf-8")
