"""``baihuo label report``: agreement of raters."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from baihuo.cli.context import ShopOption, stdout
from baihuo.cli.label.options import JsonOption
from baihuo.core import NotFound
from baihuo.settings import shop_folder


def report(
    shop: ShopOption = None,
    file: Annotated[
        Path | None, typer.Option(help="A file of ratings instead of the shop's judgements.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show how far raters agree, how often each is wrong and in which direction, and the doubtful pairs.

    \b
    baihuo label report
    baihuo label report --file individual_ratings.csv
    """
    from baihuo import flow, labels
    from baihuo.cli.tables.labels import raters_tables

    if file is not None:
        consensus = labels.consensus_of_ratings(labels.Ratings.of(labels.file_rows(file)))
        summary = labels.report(consensus, final=labels.final_grades(file))
    else:
        summary = labels.report(flow.consensus_grades(shop_folder(shop)))
    if as_json:
        typer.echo(json.dumps(summary, ensure_ascii=False, indent=2))
    elif summary["agreement"] is None:
        raise NotFound("nothing was judged yet", fix="run: baihuo label next")
    else:
        stdout.print(raters_tables(summary))
