"""What the commands that look at single rows ask for."""

from __future__ import annotations

from typing import Annotated, Literal, cast

import typer

from baihuo.core import BadInput

RowArgument = Annotated[str, typer.Argument(help="import:line, as in 3:17.")]
TableOption = Annotated[
    str | None, typer.Option("--table", help="events or products, where both have such a row.")
]
By = Annotated[str | None, typer.Option("--by", help="Who says so (default: your login).")]
Why = Annotated[str, typer.Option("--why", help="Kept with the row.")]


def table_of(given: str | None) -> Literal["events", "products"] | None:
    """What ``--table`` said.

    Raises:
        BadInput: there is no such table.
    """
    if given not in (None, "events", "products"):
        raise BadInput(f"there is no table {given!r}", fix="say events or products")
    return cast('Literal["events", "products"] | None', given)
