"""``baihuo quarantine key``: the team's key."""

from __future__ import annotations

import secrets

import typer

from baihuo.cli.context import ShopOption
from baihuo.core import secret_file
from baihuo.settings import shop_folder


def key(shop: ShopOption = None) -> None:
    """Print the team's key, which the API asks for where products are written and under /v1/quality and
    /v1/labels. Made the first time, readable by you only.

    \b
    curl -X PATCH localhost:8000/v1/products/p1 -H "Authorization: Bearer $(baihuo quarantine key)" \\
      -H "Content-Type: application/json" -d '{"stock_units": 3}'
    curl -H "Authorization: Bearer $(baihuo quarantine key)" localhost:8000/v1/quality/quarantine
    """
    path = shop_folder(shop).team_key_file
    key = secret_file(path, lambda: f"{secrets.token_urlsafe(32)}\n".encode())
    typer.echo(key.decode().strip())
