"""``baihuo explain``: a page of the live bundle, stage by stage."""

from __future__ import annotations

from typing import Annotated

import typer

from baihuo.cli.context import ShopOption, shop_context, stdout
from baihuo.core import BadInput, Filters, Query, Surface, has_han


def explain(
    text: Annotated[str, typer.Argument(metavar="QUERY", help="What a shopper types.")] = "",
    shop: ShopOption = None,
    product: Annotated[
        str | None, typer.Option(help="Explain the page of products similar to this one.")
    ] = None,
    why_not: Annotated[
        str | None, typer.Option("--why-not", help="Why is this product not on the page?")
    ] = None,
    why: Annotated[
        str | None,
        typer.Option(
            "--why",
            help="What the click model likes and dislikes of this product, beside the rest of the page?",
        ),
    ] = None,
    where: Annotated[
        str,
        typer.Option(
            "--filter",
            help="Only products that meet this, such as 'brand:nike AND price:[100 TO 500]' (docs/filters.md).",
        ),
    ] = "",
    visitor: Annotated[str, typer.Option(help="Whose page.")] = "explain",
    surface: Annotated[
        str | None, typer.Option(help="search, home or similar (default: by the other options).")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the page and its trace as JSON.")
    ] = False,
) -> None:
    """Explain a page of the live bundle: counts and time of every stage, score and reason of every product.

    With --why-not: the first stage that removes the product, why, and what would bring it back. With --why: the inputs that lift or lower it, by TreeSHAP.
    Nothing is logged or served.

    \b
    baihuo explain "red kettle"
    baihuo explain 手机 --why-not p-17 --visitor v-3
    baihuo explain 手机 --why p-17 --visitor v-3
    baihuo explain shoes --filter 'brand:nike AND price:[100 TO 500] AND NOT color:red'
    baihuo explain --product p-17
    baihuo explain --surface home --visitor v-3 --json
    """
    from baihuo import flow
    from baihuo.cli.tables.explained import explained_json, page_group

    with shop_context(shop) as (folder, _):
        query = query_of(text, product, visitor, surface, where, at_us=flow.now_us())
        explained = flow.explain(folder, query, product_id=why_not, why_product=why)
    if as_json:
        typer.echo(explained_json(explained))
    else:
        stdout.print(page_group(explained))


def query_of(
    text: str,
    product: str | None,
    visitor: str,
    surface: str | None,
    where: str = "",
    *,
    at_us: int,
) -> Query:
    """The query that the arguments describe; without ``surface`` it follows from the others.

    Raises:
        BadInput: an unknown surface, or one that does not fit the other arguments.
    """
    default = "similar" if product else "search" if text or where else "home"
    try:
        page_surface = Surface(surface or default)
    except ValueError:
        raise BadInput(f"there is no surface {surface!r}", fix="search, home or similar") from None
    if (page_surface is Surface.SIMILAR) != (product is not None):
        fix = "--product belongs to the surface similar: --surface similar --product ID"
        raise BadInput(f"--surface {page_surface} and --product do not go together", fix=fix)
    if text and page_surface is not Surface.SEARCH:
        raise BadInput(f"surface {page_surface} takes no QUERY", fix="leave out QUERY or --surface")
    return Query(
        query_id="explain",
        surface=page_surface,
        visitor_id=visitor,
        at_us=at_us,
        query_text=text,
        language="zh" if has_han(text) else "en",
        product_id=product,
        filters=Filters(where=where.strip()),
        explain=True,
    )
