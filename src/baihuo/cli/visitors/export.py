"""``baihuo visitors export``: all that is stored of one visitor."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from baihuo.cli.context import ShopOption
from baihuo.settings import shop_folder


def export(
    visitor: Annotated[str, typer.Argument(help="The id, as events hold it.")],
    shop: ShopOption = None,
    lines: Annotated[
        bool, typer.Option("--lines", help="One JSON object a row, instead of one document.")
    ] = False,
) -> None:
    """Write all that the shop stores of a visitor to standard output: events, served pages, judgements, profile.

    A visitor of whom nothing is stored gets empty lists. In no more memory than a batch of rows takes.

    \b
    baihuo visitors export account-17 > account-17.json
    baihuo visitors export account-17 --lines
    """
    from baihuo import flow

    for piece in flow.export_visitor(shop_folder(shop), visitor, is_lines=lines):
        sys.stdout.buffer.write(piece)
    if not lines:
        sys.stdout.buffer.write(b"\n")
