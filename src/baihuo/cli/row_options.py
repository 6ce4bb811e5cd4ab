"""Options of the commands that work on single rows."""

from __future__ import annotations

from typing import Annotated, Literal, cast

import typer

from baihuo.core import BadInput

RowArgument = Annotated[str, typer.Argument(help="import:line, as in 3:17.")]
TableOption = Annotated[
    str | None, typer.Option("--table", help="events or products, if both have this row.")
]
By = Annotated[str | None, typer.Option("--by", help="Who decides (default: your login).")]
Why = Annotated[str, typer.Option("--why", help="Reason, stored with the row.")]


def table_of(table: str | None) -> Literal["events", "products"] | None:
    """The value of ``--table``.

    Raises:
        BadInput: there is no such table.
    """
    if table not in (None, "events", "products"):
        raise BadInput(f"there is no table {table!r}", fix="use events or products")
    return cast('Literal["events", "products"] | None', table)
