"""``baihuo visitors``: its verbs, in the order of its help."""

from __future__ import annotations

import typer

from baihuo.cli.visitors.export import export
from baihuo.cli.visitors.receipts import receipts

visitors = typer.Typer(
    help="Data of visitors: export what is stored of one, receipts of those who were forgotten.",
    no_args_is_help=True,
)
visitors.command("export")(export)
visitors.command("receipts")(receipts)
