"""``baihuo serve``: API and storefront."""

from __future__ import annotations

from typing import Annotated

import typer

from baihuo.cli.context import ShopOption, stderr
from baihuo.settings import shop_folder


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
