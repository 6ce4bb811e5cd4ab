"""``baihuo release``: check a bundle by the gate and make it live."""

from __future__ import annotations

from typing import Annotated

import typer

from baihuo.cli.context import ShopOption, shop_context, stderr, stdout
from baihuo.cli.exit_codes import GATE_CLOSED
from baihuo.core import BadInput


def release(
    bundle_id: Annotated[
        str | None, typer.Argument(help="Which bundle (default: the newest).")
    ] = None,
    shop: ShopOption = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Say whether the gate would let it pass, and release nothing."
        ),
    ] = False,
    force: Annotated[
        bool,
        typer.Option("--force", help="Release it even if the gate refuses it; needs --reason."),
    ] = False,
    reason: Annotated[
        str | None, typer.Option(help="Why it is forced; stored in the bundle and shown.")
    ] = None,
) -> None:
    """Check a bundle by the gate and, if it passes, make it live without a failed request.

    The first release of a shop passes with warnings where only speed, a wide interval or a slice fails. A bundle
    whose data failed its checks is never released, not even with --force.

    \b
    baihuo release
    baihuo release --dry-run
    baihuo release --force --reason "the shop opens today; the interval is wide, we watch it"
    """
    from baihuo import flow
    from baihuo.cli.tables.gate import gate_table

    if dry_run and force:
        raise BadInput("--dry-run releases nothing, so --force has no use", fix="say one of them")
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
