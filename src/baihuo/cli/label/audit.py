"""``baihuo label audit``: labels that are likely wrong."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from baihuo.cli.context import ShopOption, shop_context, stdout
from baihuo.cli.label.options import JsonOption


def audit(
    what: Annotated[str, typer.Argument(help="clicks, categories or relevance.")],
    shop: ShopOption = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="Examples shown.")] = 10,
    as_json: JsonOption = False,
) -> None:
    """Tell which labels are likely wrong, how many, and examples, the clearest first.

    clicks: outcomes of the newest pages, which the bundle's click model did not learn from.
    categories: products whose words are another category's (the check wrong_category).
    relevance: grades unlike those of like products, and unlike what the index knows of the pair.

    \b
    baihuo label audit relevance
    baihuo label audit categories --limit 50 --json
    """
    from baihuo.cli.label.annotation import audit as audited
    from baihuo.cli.tables.labels import audit_tables

    with shop_context(shop) as (folder, _):
        told = audited(folder, what, n_examples=limit)
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        stdout.print(audit_tables(told))
