"""``baihuo quarantine key``: the team's key."""

from __future__ import annotations

import secrets

import typer

from baihuo.cli.opened import ShopOption
from baihuo.core.secret_file import secret_file
from baihuo.settings import shop_folder


def key(shop: ShopOption = None) -> None:
    """Print the team's key, which the API asks for where products are written and under /v1/quality and
    /v1/labels. Made the first time, readable by you only.

    \b
    curl -X PATCH localhost:8000/v1/products/p1 -H "Authorization: Bearer $(baihuo quarantine key)" \\
      -H "Content-Type: application/json" -d '{"stock_units": 3}'
    curl -H "Authorization: Bearer $(baihuo quarantine key)" localhost:8000/v1/quality/quarantine
    """
    from baihuo.serve.api.team_key import TEAM_KEY_FILE

    path = shop_folder(shop).root / TEAM_KEY_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        typer.echo(path.read_text(encoding="utf-8").strip())
        return
    made = secrets.token_urlsafe(32)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(made + "\n")
    typer.echo(made)
