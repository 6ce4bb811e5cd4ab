"""Options of the commands that work on single rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, cast

import typer

from baihuo.core import BadInput
from baihuo.settings import Shop

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


def record_decision(shop: Shop, action: str, rows: Sequence[str], *, by: str, why: str) -> None:
    """Note in the audit trail what somebody decided on rows; personal data in the reason is masked.

    Args:
        action: "fix", "release", "reject".
    """
    from baihuo import flow, privacy

    detail = {"by": by, "why": privacy.redact(why).text, "n_rows": len(rows)}
    flow.record_audit(shop, f"quarantine.{action}", subject=rows[0], detail=detail)
