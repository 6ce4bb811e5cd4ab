"""``baihuo label import``: judgements from files of other tools."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Annotated

import typer

from baihuo.cli.context import ShopOption
from baihuo.cli.label.judgement_log import record_rows
from baihuo.cli.label.options import ChangeOption
from baihuo.settings import shop_folder


def import_(
    file: Annotated[
        Path, typer.Argument(help="CSV: query, docid, rating; or NAME_rating columns.")
    ],
    shop: ShopOption = None,
    rater: Annotated[
        str | None,
        typer.Option(help="Who gave the grades (default: the columns or the name of the file)."),
    ] = None,
    change: ChangeOption = False,
) -> None:
    """Import judgements: a file with one column of grades, or with a column NAME_rating for each rater.

    \b
    baihuo label import individual_ratings.csv
    """
    from baihuo import labels

    file_rows = labels.file_rows(file)
    rows = (
        (n, {"query": q, "product": p, "rater": rater or by, "grade": g})
        for n, (q, p, by, g) in enumerate(file_rows, start=1)
        if g is not None
    )
    record_rows(shop_folder(shop), rows, rater or getpass.getuser(), is_change=change, unit="grade")
