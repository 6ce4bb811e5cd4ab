"""``baihuo assist orders``: its commands, in the order of its help."""

from __future__ import annotations

import typer

from baihuo.cli.assist.orders.forget import forget
from baihuo.cli.assist.orders.from_events import from_events
from baihuo.cli.assist.orders.import_ import import_

orders = typer.Typer(
    help="Orders that customer service speaks of, where the shop's own system does not keep them.",
    no_args_is_help=True,
)
orders.command("import")(import_)
orders.command("from-events")(from_events)
orders.command("forget")(forget)
