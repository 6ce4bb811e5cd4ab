"""``baihuo tagger train``: learns to tag titles."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from baihuo.cli.context import ShopOption, shop_context, stdout


def train(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="[TITLES]", help="Tagged titles; without it, the shop's own titles."
        ),
    ] = None,
    shop: ShopOption = None,
    dev: Annotated[Path | None, typer.Option(help="Other tagged titles, to measure F1 on.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Learn to find the thing, the brand and the model in titles, and print F1 by tag.

    TITLES has one character, a space and its tag a line (手 B-HCCX), and an empty line between titles: HCCX is the
    thing, HPPX its brand, XH its model. Without it, titles of the catalogue with their brands and models are learned from.
    F1 is of titles that were not learned from: those of --dev that are not in TITLES, or a tenth held back.

    \b
    baihuo tagger train titles.txt --dev other_titles.txt
    baihuo tagger train --json
    """
    from baihuo import flow

    with shop_context(shop) as (folder, progress):
        tagger = flow.train_tagger(folder, file, dev=dev, progress=progress)
    if as_json:
        typer.echo(json.dumps([s._asdict() for s in tagger.scores], ensure_ascii=False))
        return
    table = Table("tag", "parts", "precision", "recall", "F1", title="Titles it did not learn from")
    for s in tagger.scores:
        table.add_row(s.tag, f"{s.n:,}", f"{s.precision:.3f}", f"{s.recall:.3f}", f"{s.f1:.3f}")
    stdout.print(table)
    typer.echo(f"stored as {folder.tagger}")
