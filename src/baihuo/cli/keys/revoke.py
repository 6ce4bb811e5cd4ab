"""``baihuo keys revoke``: a key that opens nothing any more."""

from __future__ import annotations

from typing import Annotated

import typer

from baihuo.cli.context import ShopOption, stderr
from baihuo.settings import shop_folder


def revoke(
    name: Annotated[str, typer.Argument(help="The name of a key, or its id in `keys list`.")],
    shop: ShopOption = None,
) -> None:
    """Revoke a key. Running servers refuse it from their next request on.

    \b
    baihuo keys revoke erp
    """
    from baihuo import flow

    for key in flow.revoke_key(shop_folder(shop), name):
        typer.echo(key.key_id)
        stderr.print(f"key {key.name} opens nothing any more", markup=False, highlight=False)
