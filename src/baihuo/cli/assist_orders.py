"""``baihuo assist orders``: one function a command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from baihuo.cli.context import ShopOption, stderr
from baihuo.settings import shop_folder

orders = typer.Typer(
    help="Orders that customer service speaks of, where the shop's own system does not keep them.",
    no_args_is_help=True,
)


_MOST_NAMED = 20


@orders.command("import")
def import_(
    files: Annotated[
        list[Path],
        typer.Argument(help="CSV, JSON or JSON lines; or a folder in the form of tau-bench."),
    ],
    shop: ShopOption = None,
    currency: Annotated[
        str | None, typer.Option(help="Of prices without one (default: of the shop).")
    ] = None,
    replace: Annotated[
        bool,
        typer.Option(
            "--replace", help="Also replace orders that were changed here since they were imported."
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The report as JSON.")] = False,
) -> None:
    """Read orders into the shop. A CSV has a line for each item, JSON an object for each order; docs/assist_acts.md has the fields.

    An order with a row that cannot be used is left out as a whole: its rows are named, with the field, the value and what to write
    instead. Orders that customer service changed since stay as they are.

    \b
    baihuo assist orders import orders.csv
    baihuo assist orders import orders.jsonl --currency EUR --json
    baihuo assist orders import ../data/taubench
    """
    from baihuo import flow

    done = flow.import_orders(shop_folder(shop), files, currency=currency, replace=replace)
    counts = {
        "orders": len(done.batch.orders),
        "shoppers": len(done.batch.shoppers),
        "products": len(done.batch.products),
        "kept": done.n_kept,
        "rows_refused": len(done.refused),
    }
    if as_json:
        refused = [{"where": r.where, "why": r.why} for r in done.refused]
        typer.echo(json.dumps({**counts, "refused": refused}, ensure_ascii=False, indent=2))
    else:
        typer.echo(", ".join(f"{n:,} {name.replace('_', ' ')}" for name, n in counts.items()))
    for row in done.refused[:_MOST_NAMED]:
        stderr.print(f"{row.where}: {row.why}", markup=False, highlight=False)
    if len(done.refused) > _MOST_NAMED:
        more = len(done.refused) - _MOST_NAMED
        stderr.print(f"and {more:,} more; --json has all of them", markup=False)


@orders.command("from-events")
def from_events(shop: ShopOption = None) -> None:
    """Make orders of the checked log's purchases, for a shop that keeps no orders anywhere else.

    They can be told to the browser that bought: what, when, for how much. Whether a parcel was sent is not in the log, so such an order
    is changed by a person alone. Run it again after each `baihuo check`: what is there already stays.

    \b
    baihuo assist orders from-events
    """
    from baihuo import flow

    n_orders = flow.make_orders_from_events(shop_folder(shop))
    typer.echo(f"{n_orders:,} orders in the log")


@orders.command("forget")
def forget(
    shopper_id: Annotated[str, typer.Argument(metavar="SHOPPER", help="Id of the shopper.")],
    shop: ShopOption = None,
) -> None:
    """Remove a shopper from the shop's orders: profile, orders, and what customer service changed for them.

    `baihuo forget` removes a visitor from everything else, and here what was made of their events. Orders that you imported are your
    books, which the law may tell you to keep: so they go only by this command. Leave the shopper out of files that you import again.

    \b
    baihuo assist orders forget ada@example.com
    """
    from baihuo import flow

    n_orders = flow.forget_shopper(shop_folder(shop), shopper_id)
    typer.echo(f"removed, with {n_orders:,} orders")
