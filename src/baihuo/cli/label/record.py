"""``baihuo label record``: add judgements."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Annotated, Any

import typer

from baihuo.cli.context import ShopOption
from baihuo.cli.label.judgement_log import record_rows
from baihuo.cli.label.options import ChangeOption, RaterOption
from baihuo.core import BadInput
from baihuo.settings import shop_folder


def record(
    file: Annotated[
        Path | None, typer.Argument(help="CSV or JSON lines: query, product, grade and rater.")
    ] = None,
    shop: ShopOption = None,
    query: Annotated[str | None, typer.Option(help="Query of a single judgement.")] = None,
    product: Annotated[str | None, typer.Option(help="Product id of a single judgement.")] = None,
    grade: Annotated[str | None, typer.Option(help="0 to 3, or ? for cannot say.")] = None,
    rater: RaterOption = None,
    change: ChangeOption = False,
) -> None:
    """Record one judgement, or a file of them. Rows that cannot be used are reported; the others are kept.

    Recording the same judgements again changes nothing.

    \b
    baihuo label record --query "usb hub" --product 4711 --grade 3 --rater ann
    baihuo label record answers.jsonl --rater ann
    """
    from baihuo import labels

    single = (query, product, grade)
    if (file is None) == all(x is None for x in single) or (file is None and None in single):
        raise BadInput(
            "either a file or one judgement is recorded",
            fix="give FILE, or --query, --product and --grade",
        )
    rows: Any = (
        [(1, {"query": query, "product": product, "grade": grade})]
        if file is None
        else labels.read_rows(file)
    )
    record_rows(shop_folder(shop), rows, rater or getpass.getuser(), is_change=change)
