"""``baihuo assist evaluate``: how well customer service does where it is known what was meant."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from baihuo.cli.context import ShopOption, shop_context, stderr, stdout
from baihuo.core import BadInput


def evaluate(
    shop: ShopOption = None,
    truth: Annotated[
        Path | None,
        typer.Option(
            help="Conversations of which it is known what was meant (JSON lines); default: those of the shop that nothing was learned from."
        ),
    ] = None,
    page: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.html", help="Write it as one HTML page with charts, to this file."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The report as JSON.")] = False,
) -> None:
    """Say conversations to customer service that it did not learn from, and compare what it does with what was meant.

    Intents, entities, answers beside BM25, risk against coverage (the share that is answered where 90% is right), calibration of
    P(right), what was asked back, handed over and declined, and wrong answers by intent. Nothing is written into the shop, and no
    order is changed. What people of the shop answered in these conversations is not in the knowledge while they are said.

    \b
    baihuo assist evaluate
    baihuo assist evaluate --page service.html
    baihuo assist evaluate --truth another/truth/service.jsonl --json
    """
    from baihuo import flow
    from baihuo.cli.tables.service import service_tables

    if page is not None and (page.is_dir() or not page.parent.is_dir()):
        raise BadInput(
            f"{page} cannot be written: {'it is a folder' if page.is_dir() else 'its folder is missing'}",
            fix="name a file in a folder that exists: --page service.html",
        )
    with shop_context(shop) as (folder, progress):
        evaluated = flow.evaluate_assist(folder, truth=truth, progress=progress)
    if page is not None:
        from baihuo.engine import written_whole

        with written_whole(page) as part:
            part.write_text(evaluated.page, encoding="utf-8")
        stderr.print(f"page: {page}", markup=False, soft_wrap=True)
    if as_json:
        typer.echo(json.dumps(evaluated.report.to_json(), ensure_ascii=False))
        return
    for table in service_tables(evaluated.report):
        stdout.print(table)
