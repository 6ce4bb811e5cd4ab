"""``baihuo label audit``: labels that are likely wrong."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from baihuo.cli.context import ShopOption, shop_context, stdout
from baihuo.cli.label.options import JsonOption


def audit(
    kind: Annotated[str, typer.Argument(metavar="WHAT", help="clicks, categories or relevance.")],
    shop: ShopOption = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="How many examples to show.")] = 10,
    as_json: JsonOption = False,
) -> None:
    """Find labels that are likely wrong: how many, and examples, the most certain first.

    clicks: outcomes of the newest pages, which the click model was not trained on.
    categories: products whose texts look like another category (the check wrong_category).
    relevance: grades unlike those of similar products, and unlike what the index finds.

    \b
    baihuo label audit relevance
    baihuo label audit categories --limit 50 --json
    """
    from baihuo.cli.label.annotation import audit as audit_labels
    from baihuo.cli.tables.labels import audit_tables

    with shop_context(shop) as (folder, _):
        report = audit_labels(folder, kind, n_examples=limit)
    if as_json:
        typer.echo(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        stdout.print(audit_tables(report))
