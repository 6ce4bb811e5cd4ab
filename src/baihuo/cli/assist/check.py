"""``baihuo assist check``: what is wrong with what customer service may say."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from baihuo.cli.context import ShopOption, stderr
from baihuo.settings import shop_folder


def check(
    shop: ShopOption = None,
    stale_days: Annotated[
        int, typer.Option("--stale-days", min=1, help="Older answers are stale.")
    ] = 365,
    fail: Annotated[
        bool, typer.Option("--fail", help="Exit with 3 if anything was found.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The report as JSON.")] = False,
) -> None:
    """Check what customer service may say.

    It finds answers to one question that differ in a number, a price, a time, or in yes and no, or that say another number than policy.yaml; answers that are
    old or name a date that is over; answers about products that are not sold; questions of shoppers that nobody answered; and entries that are never
    said, because an instruction to the machine, a script or somebody's contact is planted in them.

    \b
    baihuo assist check
    baihuo assist check --stale-days 180 --fail
    """
    from baihuo import flow

    report = flow.check_shop_knowledge(shop_folder(shop), stale_days=stale_days)
    if as_json:
        findings = [
            {"kind": f.kind, "source_ids": f.source_ids, "what": f.what, "fix": f.fix}
            for f in report.findings
        ]
        fields = {"entries": report.n_entries, "counts": report.counts, "findings": findings}
        typer.echo(json.dumps(fields, ensure_ascii=False))
    else:
        for finding in report.findings:
            few = 0 < len(finding.source_ids) <= 4
            where = f" ({', '.join(finding.source_ids)})" if few else ""
            typer.echo(f"{finding.kind}: {finding.what}{where}\n  fix: {finding.fix}")
        stderr.print(f"{report.n_entries:,} entries, {len(report.findings):,} findings")
    if fail and report.findings:
        raise typer.Exit(3)
