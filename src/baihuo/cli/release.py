"""``baihuo release``: check a bundle by the gate and make it live."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Group
from rich.text import Text

from baihuo.cli.context import GATE_CLOSED, ShopOption, shop_context, stderr, stdout
from baihuo.cli.tables import count, empty_table
from baihuo.core import BadInput, NotFound, ShopError

if TYPE_CHECKING:
    from baihuo.monitor import WatchReport
    from baihuo.release import GateReport


# ``baihuo watch``: roll back if the live bundle is outside its bands.


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
                report=_print_watched,
                progress=progress,
            )
            return
        found = flow.watch_once(folder, only_look=only_look, progress=progress)
    if found is None:
        raise NotFound("no bundle is live, so none is watched", fix="run: baihuo release")
    if as_json:
        _print_watched(found)
    else:
        stdout.print(watch_table(found))
    _print_alert(found)
    if found.reasons:
        raise typer.Exit(OUTSIDE)


def _print_watched(found: WatchReport | ShopError | None) -> None:
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


def release(
    bundle_id: Annotated[
        str | None, typer.Argument(help="The bundle (default: the newest).")
    ] = None,
    shop: ShopOption = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Run the gate, but do not release."),
    ] = False,
    force: Annotated[
        bool,
        typer.Option("--force", help="Release it even if the gate refuses it; needs --reason."),
    ] = False,
    reason: Annotated[
        str | None, typer.Option(help="Reason of forcing; stored in the bundle and shown.")
    ] = None,
) -> None:
    """Check a bundle by the gate and, if it passes, make it live without a failed request.

    The first release of a shop passes with warnings if only speed, a wide interval or a slice fails. A bundle whose data failed its checks
    is never released, even with --force.

    \b
    baihuo release
    baihuo release --dry-run
    baihuo release --force --reason "the shop opens today; the interval is wide, we watch it"
    """
    from baihuo import flow

    if dry_run and force:
        raise BadInput("--dry-run releases nothing, so --force has no use", fix="give one of them")
    if force != bool((reason or "").strip()):
        raise BadInput(
            "--force needs --reason, and --reason needs --force",
            fix='baihuo release --force --reason "why it may serve anyway"',
        )
    if dry_run:
        with shop_context(shop) as (folder, progress):
            report = flow.release(folder, bundle_id, is_dry=True, progress=progress)
        stdout.print(gate_table(report))
        stderr.print("nothing was released")
        if not report.is_open:
            raise typer.Exit(GATE_CLOSED)
        return
    with shop_context(shop) as (folder, progress):
        report = flow.release(
            folder, bundle_id, force_reason=reason if force else None, progress=progress
        )
        due = flow.retraining_due(folder)
    stdout.print(gate_table(report))
    if due is not None:
        stderr.print(due, markup=False, highlight=False)


# ``baihuo rollback``: make the previous bundle live.


def rollback(shop: ShopOption = None) -> None:
    """Make the previous bundle live again.

    \b
    baihuo rollback
    """
    from baihuo import flow

    with shop_context(shop) as (folder, _):
        typer.echo(flow.rollback(folder))


# ``baihuo update``: continue training from the live weights, once or on a schedule.


def update(
    shop: ShopOption = None,
    every_hours: Annotated[
        float | None, typer.Option(min=0.01, help="Repeat on this schedule, until stopped.")
    ] = None,
    fresh: Annotated[
        bool,
        typer.Option(
            "--fresh",
            help="Train from scratch instead, on the window up to now (train.window_days).",
        ),
    ] = False,
) -> None:
    """Continue training from the live weights with new data, and release the result if it passes the gate.

    Erases visitors and expired data first (baihuo forget --expired); if the live bundle was trained on them, training starts from scratch.
    Then the live bundle is watched: if it is outside its bands, the previous bundle goes live (baihuo watch), and training continues from
    that.

    \b
    baihuo update
    baihuo update --every-hours 6
    baihuo update --fresh --every-hours 168
    """
    from baihuo import flow

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
    """Print a JSON line for each run of the schedule, for log collectors."""
    if isinstance(outcome, ShopError):
        typer.echo(json.dumps({"released": None, "error": outcome.what, "fix": outcome.fix}))
    else:
        typer.echo(json.dumps({"released": outcome.bundle_id}))


# Results of the gate.


def gate_table(gate: GateReport) -> Group:
    """Build a table of the gate's checks with results and reasons, and who forced the release."""
    table = empty_table("The gate", "check", "passed", "why")
    for c in gate.checks:
        table.add_row(c.name, c.result, c.why)
    if gate.forced is None:
        return Group(table)
    forced = gate.forced
    return Group(table, Text(f"Live although refused: forced by {forced.by}: {forced.reason}"))
