"""``baihuo serve``: API and storefront."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from baihuo.cli.context import ShopOption, shop_context, stderr
from baihuo.settings import shop_folder

# ``baihuo suggest``: complete a search.


def suggest(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="The beginning of a search.")],
    shop: ShopOption = None,
    n: Annotated[int, typer.Option("-n", min=1, max=20, help="Maximum of each kind.")] = 6,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Complete a search as the storefront does: searches that several visitors typed, categories, products.

    Pinyin and initials complete Chinese, and one letter may be wrong.

    \b
    baihuo suggest sho
    baihuo suggest shouj -n 3
    """
    from baihuo import flow

    with shop_context(shop) as (folder, _):
        found = flow.suggest(folder, text, n=n)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    for kind, texts in found.items():
        for one in texts:
            typer.echo(f"{kind:<10} {one}")


# ``baihuo related``: related searches.


def related(
    query: Annotated[str, typer.Argument(metavar="QUERY", help="A search.")],
    shop: ShopOption = None,
    n: Annotated[int, typer.Option("-n", min=1, max=20, help="Most of them.")] = 6,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the related searches of the live release: those that several visitors typed next, or that lead to the same clicks; then
    suggestions from the catalogue.

    \b
    baihuo related kettle
    baihuo related 手机 -n 3 --json
    """
    from baihuo import flow

    with shop_context(shop) as (folder, _):
        found = flow.related(folder, query, n=n)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    for text in found:
        typer.echo(text)


def serve(
    shop: ShopOption = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535)] = None,
    workers: Annotated[int | None, typer.Option(min=1, max=64)] = None,
) -> None:
    """Serve the storefront at / and the API at /v1 (documented at /docs), and the console at /console once there is an account.

    Writing products over the API, and its /v1/quality and /v1/labels, need a key (`baihuo keys create`) or a login (`baihuo accounts
    create`). Addresses reachable by other machines are refused until the shop has one.

    \b
    baihuo serve
    baihuo serve --workers 2 --port 8080
    baihuo serve --host 0.0.0.0
    """
    from baihuo import flow

    flow.serve(
        shop_folder(shop),
        host=host,
        port=port,
        workers=workers,
        announce=lambda line: stderr.print(line, markup=False, highlight=False, soft_wrap=True),
    )
