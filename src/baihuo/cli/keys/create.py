"""``baihuo keys create``: a new key."""

from __future__ import annotations

from typing import Annotated

import typer

from baihuo.cli.context import ShopOption, stderr
from baihuo.settings import shop_folder

ScopeNames = Annotated[
    list[str],
    typer.Option(
        "--scope",
        help="What it may do: search, events, catalogue, desk, reports, merchandiser or admin; repeat it for more.",
    ),
]
Days = Annotated[
    float | None,
    typer.Option(min=0.01, max=36_500, help="Days until it expires (default: never)."),
]


def create(
    name: Annotated[str, typer.Argument(help="Stands for the key in lists and in the audit log.")],
    scope: ScopeNames,
    days: Days = None,
    shop: ShopOption = None,
) -> None:
    """Make a key and print it. It is shown this once: the shop keeps a hash.

    \b
    baihuo keys create erp --scope catalogue --days 365
    baihuo keys create checkout --scope events --scope search
    curl -X PATCH localhost:8000/v1/products/p1 -H "Authorization: Bearer $KEY" \\
      -H "Content-Type: application/json" -d '{"stock_units": 3}'
    """
    from baihuo import flow
    from baihuo.access import SCOPES, Scope
    from baihuo.core import BadInput

    unknown = [one for one in scope if one not in set(Scope)]
    if unknown:
        raise BadInput(
            f"there is no scope {unknown[0]!r}",
            fix="one of " + "; ".join(f"{name}: {what}" for name, what in SCOPES.items()),
        )
    made = flow.create_key(shop_folder(shop), name, [Scope(one) for one in scope], days=days)
    typer.echo(made.token)
    stderr.print(f"key {name}: keep it now, it is not shown again", markup=False, highlight=False)
