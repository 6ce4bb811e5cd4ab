"""``baihuo update``: train on from the live weights, once or on a schedule."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from baihuo.cli.context import ShopOption, shop_context, stdout
from baihuo.core import ShopError

if TYPE_CHECKING:
    from baihuo.release import GateReport


def update(
    shop: ShopOption = None,
    every_hours: Annotated[
        float | None, typer.Option(min=0.01, help="Do it again on this schedule, until stopped.")
    ] = None,
) -> None:
    """Train on from the live weights with what is new, and release it if it passes the same gate.

    \b
    baihuo update
    baihuo update --every-hours 6
    """
    from baihuo import flow
    from baihuo.cli.tables.gate import gate_table

    with shop_context(shop) as (folder, progress):
        if every_hours is None:
            stdout.print(gate_table(flow.update_live(folder, progress=progress)))
        else:
            flow.update_on_schedule(folder, every_hours=every_hours, said=_told, progress=progress)


def _told(said: GateReport | ShopError) -> None:
    """One line a turn of the schedule, as JSON, for whoever collects logs."""
    if isinstance(said, ShopError):
        typer.echo(json.dumps({"released": None, "error": said.what, "fix": said.fix}))
    else:
        typer.echo(json.dumps({"released": said.bundle_id}))
