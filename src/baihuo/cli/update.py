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
    fresh: Annotated[
        bool,
        typer.Option(
            "--fresh",
            help="Train from nothing instead, on the window up to now (train.window_days).",
        ),
    ] = False,
) -> None:
    """Continue training from the live weights with new data, and release the result if it passes the gate.

    Before that visitors who asked are forgotten, and what privacy.retention keeps no longer goes (baihuo forget --expired); where the live
    bundle learned from them, training starts from nothing. Then the live bundle is watched: outside its bands, the bundle before it goes live (baihuo watch), and training goes on from that.

    \b
    baihuo update
    baihuo update --every-hours 6
    baihuo update --fresh --every-hours 168
    """
    from baihuo import flow
    from baihuo.cli.tables.gate import gate_table

    with shop_context(shop) as (folder, progress):
        if every_hours is None:
            stdout.print(gate_table(flow.update_live(folder, is_fresh=fresh, progress=progress)))
        else:
            flow.update_on_schedule(
                folder,
                every_hours=every_hours,
                report=_print_json_line,
                is_fresh=fresh,
                progress=progress,
            )


def _print_json_line(outcome: GateReport | ShopError) -> None:
    """One JSON line for each run of the schedule, for log collectors."""
    if isinstance(outcome, ShopError):
        typer.echo(json.dumps({"released": None, "error": outcome.what, "fix": outcome.fix}))
    else:
        typer.echo(json.dumps({"released": outcome.bundle_id}))
