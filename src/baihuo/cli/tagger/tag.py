"""``baihuo tagger tag``: shows the parts of a title."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from baihuo.cli.context import ShopOption, shop_context


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
