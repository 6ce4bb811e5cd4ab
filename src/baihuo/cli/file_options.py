"""Options of the commands that read files alone, without a shop."""

from __future__ import annotations

from typing import Annotated

import typer

FormatOption = Annotated[
    str | None, typer.Option("--format", help="Of the files, if it cannot be recognised.")
]
MapOption = Annotated[
    list[str] | None, typer.Option("--map", help="our_field=their_column, for the files.")
]
CurrencyOption = Annotated[
    str | None, typer.Option("--currency", help="Of prices in files that name none.")
]
EncodingOption = Annotated[
    str | None, typer.Option("--encoding", help="Of text files that are not UTF-8.")
]
