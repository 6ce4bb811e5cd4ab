"""``baihuo assist orders from-events``: orders of the purchases in the log."""

from __future__ import annotations

import typer

from baihuo.cli.context import ShopOption
from baihuo.settings import shop_folder


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
