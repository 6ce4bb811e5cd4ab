"""``baihuo watch``: roll back if the live bundle is outside its bands."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Group
from rich.text import Text

from baihuo.cli.context import ShopOption, shop_context, stderr, stdout
from baihuo.cli.tables import count, empty_table
from baihuo.core import NotFound, ShopError

if TYPE_CHECKING:
    from baihuo.monitor import WatchReport

OUTSIDE = 6
"""Exit code: the live bundle was outside its bands, rolled back or not."""


def watch(
    shop: ShopOption = None,
    every_minutes: Annotated[
        float | None, typer.Option(min=0.1, help="Repeat on this schedule, until stopped.")
    ] = None,
    only_look: Annotated[
        bool, typer.Option("--only-look", help="Show what would be done, and change nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line for each check.")] = False,
) -> None:
    """Check new events, compare the live bundle's predictions with outcomes, and roll back if it is outside its bands. Measures are
    calibration (clicks for each predicted click), click rate against the days before the release, and the number of products and categories
    on its pages. The bands are in `monitor` of shop.yaml. Intervals stay valid over repeated checks. The reason is in `baihuo status`, in
    7-served/watch.json and in 5-bundles/rollbacks.jsonl. Exit code 6: outside its bands.

    \b
    baihuo watch
    baihuo watch --only-look --json
    baihuo watch --every-minutes 10
    """
    from baihuo import flow

    with shop_context(shop) as (folder, progress):
        if every_minutes is not None:
            flow.watch_on_schedule(
                folder,
                every_minutes=every_minutes,
                only_look=only_look,
                report=_print_json_line,
                progress=progress,
            )
            return
        found = flow.watch_once(folder, only_look=only_look, progress=progress)
    if found is None:
        raise NotFound("no bundle is live, so none is watched", fix="run: baihuo release")
    if as_json:
        _print_json_line(found)
    else:
        stdout.print(watch_table(found))
    _print_alert(found)
    if found.reasons:
        raise typer.Exit(OUTSIDE)


def _print_json_line(found: WatchReport | ShopError | None) -> None:
    """Print a JSON line for each check, for log collectors; alerts on standard error, too."""
    if found is None:
        typer.echo(json.dumps({"bundle_id": None, "not_watched": "nothing is live"}))
    elif isinstance(found, ShopError):
        typer.echo(json.dumps({"error": found.what, "fix": found.fix}))
    else:
        typer.echo(json.dumps(found.to_json(), ensure_ascii=False))
        _print_alert(found)


def _print_alert(found: WatchReport) -> None:
    if not found.reasons:
        return
    what = (
        f"rolled back to {found.rolled_back_to}"
        if found.rolled_back_to
        else f"not rolled back: {found.why_no_rollback or 'only looked'}"
    )
    lines = "; ".join(found.reasons)
    stderr.print(
        f"ALERT: bundle {found.bundle_id}: {lines}; {what}", markup=False, style="bold red"
    )


# A check of the live bundle, as a table.


def watch_table(found: WatchReport) -> Group:
    """Build a table of every measure with interval and band, and the action."""
    if not found.watched:
        return Group(Text(f"bundle {found.bundle_id} is not watched yet: {found.not_watched}"))
    table = empty_table(
        f"Bundle {found.bundle_id}, {found.n_impressions:,} impressions",
        "what",
        "surface",
        "impressions",
        "ratio",
        "band",
        "inside",
    )
    for one in found.watched:
        band = f"{one.lowest:g} to {one.highest:g}" if one.highest else f"from {one.lowest:g}"
        table.add_row(
            one.name,
            one.surface,
            count(one.n),
            f"{one.value:.2f} [{one.low:.2f}, {one.high:.2f}]",
            band,
            "NO" if one.is_outside else "yes",
        )
    if not found.reasons:
        return Group(table)
    done = f"rolled back to bundle {found.rolled_back_to}"
    return Group(
        table,
        Text(
            done
            if found.rolled_back_to
            else f"not rolled back: {found.why_no_rollback or 'only looked'}"
        ),
    )
