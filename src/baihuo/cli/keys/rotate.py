"""``baihuo keys rotate``: a key in place of another."""

from __future__ import annotations

from typing import Annotated

import typer

from baihuo.cli.context import ShopOption, stderr
from baihuo.cli.keys.create import Days
from baihuo.settings import shop_folder


def rotate(
    name: Annotated[str, typer.Argument(help="The name of a valid key.")],
    grace_hours: Annotated[
        float, typer.Option(min=0, max=8_760, help="How long the old key stays valid.")
    ] = 24.0,
    days: Days = None,
    shop: ShopOption = None,
) -> None:
    """Make a new key of the same name and scopes and print it; the old one ends after a while.

    \b
    baihuo keys rotate erp
    baihuo keys rotate erp --grace-hours 0 --days 365
    """
    from baihuo import flow

    made = flow.rotate_key(shop_folder(shop), name, grace_hours=grace_hours, days=days)
    typer.echo(made.token)
    stderr.print(
        f"key {name}: keep it now, it is not shown again; the old one ends in {grace_hours:g} hours",
        markup=False,
        highlight=False,
    )
