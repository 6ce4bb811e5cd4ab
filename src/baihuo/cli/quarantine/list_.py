"""``baihuo quarantine list``: what is in quarantine."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from baihuo.cli.context import ShopOption, stderr, stdout
from baihuo.cli.row_options import TableOption, table_of
from baihuo.settings import shop_folder


def list_(
    shop: ShopOption = None,
    table: TableOption = None,
    check: Annotated[
        str | None, typer.Option(help="Only rows that this check, step or reason took.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="The most rows to show.")] = 20,
    is_rejected: Annotated[
        bool,
        typer.Option("--rejected", help="Rows that a person rejected, in place of the others."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a row.")] = False,
) -> None:
    """Show what is in quarantine: how much each check took, and the first rows.

    \b
    baihuo quarantine list
    baihuo quarantine list --check unknown_product --limit 100 --json
    baihuo quarantine list --rejected
    """
    from baihuo import flow
    from baihuo.cli.tables.rows import counts_table, kept_table
    from baihuo.quality import quarantined

    store = flow.row_store(shop_folder(shop))
    rows = quarantined.list_rows(
        store, table=table_of(table), check=check, limit=limit, is_rejected=is_rejected
    )
    counts = quarantined.count_rows(store, is_rejected=is_rejected)
    if check and not rows:
        names = sorted({name for one in counts for name in (one["check"], one["step"])})
        state = "rejected" if is_rejected else "in quarantine"
        others = f"rows are {state} by {', '.join(names)}" if names else f"none is {state} at all"
        stderr.print(f"no row is {state} by {check!r}; {others}")
    if as_json:
        for row in rows:
            typer.echo(json.dumps(asdict(row), ensure_ascii=False, default=str))
        return
    stdout.print(counts_table(counts))
    stdout.print(kept_table(rows))
