"""``baihuo label import``: judgements made elsewhere."""

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
        typer.Option(help="Whose grades they are (default: the file's columns or name)."),
    ] = None,
    change: ChangeOption = False,
) -> None:
    """Take over judgements made elsewhere: one column of grades, or a column NAME_rating a rater.

    \b
    baihuo label import individual_ratings.csv
    """
    from baihuo import labels

    found = labels.file_rows(file)
    rows = (
        (n, {"query": q, "product": p, "rater": rater or by, "grade": "?" if g is None else g})
        for n, (q, p, by, g) in enumerate(found, start=1)
        if g is not None
    )
    record_rows(shop_folder(shop), rows, rater or getpass.getuser(), is_change=change, unit="grade")
