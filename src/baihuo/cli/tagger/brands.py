"""``baihuo tagger brands``: brands in titles of products without one."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table

from baihuo.cli.context import ShopOption, shop_context, stdout


def brands(
    shop: ShopOption = None,
    least: Annotated[
        float, typer.Option(min=0, max=1, help="Probability below which none is named.")
    ] = 0.9,
    limit: Annotated[int, typer.Option(min=1, help="Most rows of the table.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print all as JSON.")] = False,
) -> None:
    """List products without a brand whose title has one, with what speaks for it. Nothing is changed.

    The number of products with that brand, and of titles without a brand that have it, say whether it is known.

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
