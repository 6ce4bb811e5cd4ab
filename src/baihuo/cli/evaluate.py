"""``baihuo evaluate``: a bundle beside its baselines, and other policies on the pages served."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from baihuo.cli.context import ShopOption, shop_context, stdout
from baihuo.core import BadInput, Unsupported


def evaluate(
    bundle_id: Annotated[
        str | None, typer.Argument(help="Which bundle (default: the newest).")
    ] = None,
    shop: ShopOption = None,
    policy: Annotated[
        list[str] | None,
        typer.Option(
            help="What would it have earned on the pages served? live, greedy (no exploration), uniform, "
            "all, or a bundle's id. As often as needed."
        ),
    ] = None,
    log: Annotated[
        Path | None,
        typer.Option(
            help="With --policy: a log of placements (Open Bandit CSV) in place of the shop's pages."
        ),
    ] = None,
    surface: Annotated[
        str | None, typer.Option(help="With --policy: only search, home or similar.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The report as JSON.")] = False,
) -> None:
    """Show how a bundle did on its held-out time, beside the baselines, with intervals.

    With --policy: clicks and purchases an impression that another order would have earned, estimated
    from served pages and the exploration in them (IPS, SNIPS, doubly robust). What the log cannot
    answer is refused, with the reason. With --log, a policy is live, uniform, or the file of another
    policy's log.

    \b
    baihuo evaluate
    baihuo evaluate --policy all
    baihuo evaluate --policy greedy --policy 5b1f0c7e9a3d2846 --surface search
    baihuo evaluate --log random_men.csv.gz --policy bts_men.csv.gz
    """
    from baihuo import flow
    from baihuo.cli.policies import policy_report
    from baihuo.cli.tables.models import models_table
    from baihuo.cli.tables.policies import policy_table

    if not (policy or log):
        if surface is not None:
            raise BadInput("--surface is for --policy", fix="add --policy all")
        with shop_context(shop) as (folder, _):
            report = flow.evaluate(folder, bundle_id)
        if as_json:
            typer.echo(json.dumps(report, ensure_ascii=False))
        else:
            stdout.print(models_table(report))
        return
    if bundle_id is not None:
        raise BadInput(
            f"{bundle_id!r} stands beside --policy or --log", fix=f"write --policy {bundle_id}"
        )
    with shop_context(shop) as (folder, progress):
        estimates = policy_report(folder, policy or ["all"], log, surface, progress=progress)
    if as_json:
        typer.echo(json.dumps(estimates.to_json(), ensure_ascii=False))
    else:
        stdout.print(policy_table(estimates))
    if not estimates.values:
        raise Unsupported(
            "the log answers for none of these policies", fix="; ".join(estimates.refused.values())
        )
