"""``baihuo keys``: one function a command."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich import box
from rich.table import Table

from baihuo.cli.context import ShopOption, stderr, stdout
from baihuo.settings import shop_folder

if TYPE_CHECKING:
    from baihuo.access import ApiKey

keys = typer.Typer(
    help="Keys of the API: who may write products, send purchases, read rows in quarantine.",
    no_args_is_help=True,
)


ScopeNames = Annotated[
    list[str],
    typer.Option(
        "--scope",
        help="What it may do: search, events, catalogue, desk, advertiser, reports, merchandiser or admin; repeat it for more.",
    ),
]
Days = Annotated[
    float | None,
    typer.Option(min=0.01, max=36_500, help="Days until it expires (default: never)."),
]


@keys.command("create")
def create(
    name: Annotated[str, typer.Argument(help="Name of the key in lists and in the audit log.")],
    scope: ScopeNames,
    days: Days = None,
    advertiser: Annotated[
        str | None, typer.Option(help="Whose key it is, with the scope advertiser.")
    ] = None,
    shop: ShopOption = None,
) -> None:
    """Make a key and print it. It is shown only now: the shop stores a hash.

    \b
    baihuo keys create erp --scope catalogue --days 365
    baihuo keys create checkout --scope events --scope search
    baihuo keys create acme --scope advertiser --advertiser acme
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
    made = flow.create_key(
        shop_folder(shop),
        name,
        [Scope(one) for one in scope],
        days=days,
        advertiser_id=advertiser,
    )
    typer.echo(made.token)
    stderr.print(f"key {name}: save it now, it is not shown again", markup=False, highlight=False)


@keys.command("list")
def list_(
    shop: ShopOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a key.")] = False,
) -> None:
    """Show all keys with their scopes, expiry and last use. Secrets are not stored.

    \b
    baihuo keys list
    """
    from baihuo import flow

    found, at_us = flow.keys(shop_folder(shop)), flow.now_us()
    if as_json:
        for key in found:
            typer.echo(json.dumps(key_row(key, at_us)))
        return
    if found:
        stdout.print(keys_table(found, at_us))
    else:
        stderr.print("no keys yet: baihuo keys create NAME --scope SCOPE", markup=False)


@keys.command("rotate")
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
        f"key {name}: save it now, it is not shown again; the old one ends in {grace_hours:g} hours",
        markup=False,
        highlight=False,
    )


@keys.command("revoke")
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
        stderr.print(f"key {key.name} is revoked", markup=False, highlight=False)


# Keys of the API as a table and as rows of JSON.


def keys_table(keys: list[ApiKey], at_us: int) -> Table:
    """Build a table with a line for each key."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("name", "id", "scopes", "state"):
        table.add_column(name, overflow="fold")
    for name in ("made", "ends", "last used"):
        table.add_column(name, no_wrap=True)
    for key in keys:
        row = key_row(key, at_us)
        times = ((row[name] or "–")[:10] for name in ("created_at", "expires_at", "last_used_at"))
        table.add_row(key.name, key.key_id, " ".join(row["scopes"]), row["state"], *times)
    return table


def key_row(key: ApiKey, at_us: int) -> dict[str, Any]:
    """Return a key as JSON, times as ISO 8601."""
    state = "valid" if key.is_valid(at_us) else "revoked" if key.revoked_at_us else "expired"
    return {
        "name": key.name,
        "key_id": key.key_id,
        "scopes": sorted(key.scopes),
        "state": state,
        "created_at": iso_time(key.created_at_us),
        "expires_at": iso_time(key.expires_at_us),
        "revoked_at": iso_time(key.revoked_at_us),
        "last_used_at": iso_time(key.last_used_at_us),
    }


def iso_time(at_us: int | None) -> str | None:
    """Format a time as ISO 8601 to the minute, UTC; None stays None."""
    if at_us is None:
        return None
    return f"{datetime.fromtimestamp(at_us // 1_000_000, UTC):%Y-%m-%dT%H:%MZ}"
