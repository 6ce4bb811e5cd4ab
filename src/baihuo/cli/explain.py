"""``baihuo explain``: a page of the live bundle, stage by stage."""

from __future__ import annotations

from typing import Annotated

import typer

from baihuo.cli.context import ShopOption, shop_context, stdout
from baihuo.core import BadInput, Query, Surface, has_han


def explain(
    words: Annotated[str, typer.Argument(metavar="QUERY", help="What a shopper types.")] = "",
    shop: ShopOption = None,
    product: Annotated[
        str | None, typer.Option(help="The product looked at: explains the page beside it.")
    ] = None,
    why_not: Annotated[
        str | None, typer.Option("--why-not", help="Why is this product not on the page?")
    ] = None,
    visitor: Annotated[str, typer.Option(help="Who asks.")] = "explain",
    surface: Annotated[
        str | None, typer.Option(help="search, home or similar (default: by what is given).")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="The page and its trace as JSON.")
    ] = False,
) -> None:
    """Explain a page of the live bundle: every stage's counts and time, each product's score and reason.

    With --why-not: the first thing that keeps a product away. Nothing is logged, and nothing is served.

    \b
    baihuo explain "red kettle"
    baihuo explain 手机 --why-not p-17 --visitor v-3
    baihuo explain --product p-17
    baihuo explain --surface home --visitor v-3 --json
    """
    from baihuo import flow
    from baihuo.cli.tables.explained import explained_json, page_group

    with shop_context(shop) as (folder, _):
        query = query_of(words, product, visitor, surface, at_us=flow.now_us())
        found = flow.explain(folder, query, product_id=why_not)
    if as_json:
        typer.echo(explained_json(found))
    else:
        stdout.print(page_group(found))


def query_of(
    words: str, product: str | None, visitor: str, surface: str | None, *, at_us: int
) -> Query:
    """The query of the command's words; the surface follows from what is given.

    Raises:
        BadInput: no such surface, or it lacks its product, or has words it does not read.
    """
    default = "similar" if product else "search" if words else "home"
    try:
        where = Surface(surface or default)
    except ValueError:
        raise BadInput(f"there is no surface {surface!r}", fix="search, home or similar") from None
    if (where is Surface.SIMILAR) != (product is not None):
        fix = "similar is beside a product: --surface similar --product ID, and no other surface"
        raise BadInput(f"--surface {where} and --product do not go together", fix=fix)
    if words and where is not Surface.SEARCH:
        raise BadInput(f"surface {where} reads no words", fix="leave QUERY or --surface out")
    return Query(
        query_id="explain",
        surface=where,
        visitor_id=visitor,
        at_us=at_us,
        query_text=words,
        language="zh" if has_han(words) else "en",
        product_id=product,
        explain=True,
    )
