"""``baihuo update``: continue training from the live weights, once or on a schedule."""

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
        float | None, typer.Option(min=0.01, help="Repeat on this schedule, until stopped.")
    ] = None,
) -> None:
    """Continue training from the live weights with new data, and release the result if it passes the gate.

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
            flow.update_on_schedule(
                folder, every_hours=every_hours, report=_print_json_line, progress=progress
            )


def _print_json_line(outcome: GateReport | ShopError) -> None:
    """One JSON line for each run of the schedule, for log collectors."""
    if isinstance(outcome, ShopError):
        typer.echo(json.dumps({"released": None, "error": outcome.what, "fix": outcome.fix}))
    else:
        typer.echo(json.dumps({"released": outcome.bundle_id}))
