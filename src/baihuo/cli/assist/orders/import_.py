"""``baihuo assist orders import``: orders from files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from baihuo.cli.context import ShopOption, stderr
from baihuo.settings import shop_folder

_MOST_NAMED = 20


def import_(
    files: Annotated[
        list[Path],
        typer.Argument(help="CSV, JSON or JSON lines; or a folder in the form of tau-bench."),
    ],
    shop: ShopOption = None,
    currency: Annotated[
        str | None, typer.Option(help="Of prices without one (default: of the shop).")
    ] = None,
    replace: Annotated[
        bool,
        typer.Option(
            "--replace", help="Also replace orders that were changed here since they were imported."
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The report as JSON.")] = False,
) -> None:
    """Read orders into the shop. A CSV has a line for each item, JSON an object for each order; docs/assist_acts.md has the fields.

    An order with a row that cannot be used is left out as a whole: its rows are named, with the field, the value and what to write
    instead. Orders that customer service changed since stay as they are.

    \b
    baihuo assist orders import orders.csv
    baihuo assist orders import orders.jsonl --currency EUR --json
    baihuo assist orders import ../data/taubench
    """
    from baihuo import flow

    done = flow.import_orders(shop_folder(shop), files, currency=currency, replace=replace)
    counts = {
        "orders": len(done.batch.orders),
        "shoppers": len(done.batch.shoppers),
        "products": len(done.batch.products),
        "kept": done.n_kept,
        "rows_refused": len(done.refused),
    }
    if as_json:
        refused = [{"where": r.where, "why": r.why} for r in done.refused]
        typer.echo(json.dumps({**counts, "refused": refused}, ensure_ascii=False, indent=2))
    else:
        typer.echo(", ".join(f"{n:,} {name.replace('_', ' ')}" for name, n in counts.items()))
    for row in done.refused[:_MOST_NAMED]:
        stderr.print(f"{row.where}: {row.why}", markup=False, highlight=False)
    if len(done.refused) > _MOST_NAMED:
        more = len(done.refused) - _MOST_NAMED
        stderr.print(f"and {more:,} more; --json has all of them", markup=False)
