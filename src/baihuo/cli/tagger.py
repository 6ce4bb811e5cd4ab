"""``baihuo tagger``: one function a command."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from baihuo.cli.context import ShopOption, shop_context, stdout

tagger = typer.Typer(
    help="Parts of product titles: product type, brand, model; learned from tagged titles.",
    no_args_is_help=True,
)


@tagger.command("train")
def train(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[TITLES]", help="Tagged titles (default: the shop's titles)."),
    ] = None,
    shop: ShopOption = None,
    dev: Annotated[Path | None, typer.Option(help="Other tagged titles, to measure F1 on.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Learn to find product type, brand and model in titles, and print F1 by tag.

    TITLES has one character, a space and its tag a line (手 B-HCCX), and an empty line between titles: HCCX is the product type, HPPX its
    brand, XH its model. Without it, trains on titles of the catalogue with their brands and models. F1 is on held-out titles: those of
    --dev that are not in TITLES, or a tenth.

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
    table = Table("tag", "parts", "precision", "recall", "F1", title="Held-out titles")
    for s in tagger.scores:
        table.add_row(s.tag, f"{s.n:,}", f"{s.precision:.3f}", f"{s.recall:.3f}", f"{s.f1:.3f}")
    stdout.print(table)
    typer.echo(f"stored as {folder.tagger}")


@tagger.command("tag")
def tag(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="A title or a search.")],
    shop: ShopOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the parts of a title that the shop's tagger finds, each with its probability.

    \b
    baihuo tagger tag "羚跑商务背包15.6寸电脑包"
    """
    from baihuo import flow

    with shop_context(shop) as (folder, _):
        parts = flow.tag_text(folder, text)
    if as_json:
        typer.echo(json.dumps([p._asdict() for p in parts], ensure_ascii=False))
        return
    for part in parts:
        typer.echo(f"{part.tag:<6} {part.probability:.2f}  {part.text}")


@tagger.command("brands")
def brands(
    shop: ShopOption = None,
    least: Annotated[float, typer.Option(min=0, max=1, help="Least probability of a brand.")] = 0.9,
    limit: Annotated[int, typer.Option(min=1, help="Most rows of the table.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print all as JSON.")] = False,
) -> None:
    """List products without a brand whose title has one, with the evidence: the number of products with that brand, and of titles with it
    but no brand. Changes nothing.

    \b
    baihuo tagger brands
    baihuo tagger brands --least 0.8 --json
    """
    from baihuo import flow

    with shop_context(shop) as (folder, progress):
        notes = flow.brand_notes(folder, least=least, progress=progress)
    if as_json:
        typer.echo(json.dumps([asdict(n) for n in notes], ensure_ascii=False))
        return
    table = Table("product", "brand", "sure", "products", "titles", "title")
    for n in notes[:limit]:
        table.add_row(
            n.product_id,
            n.brand,
            f"{n.probability:.2f}",
            f"{n.n_products:,}",
            f"{n.n_titles:,}",
            n.title,
        )
    stdout.print(table)
    typer.echo(
        f"{len(notes):,} products; write a brand with PATCH /v1/products/ID or in the next import"
    )
