"""``baihuo tune``: its commands. Without a name it is ``baihuo tune table``, as it was before it had others."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from baihuo.cli.tune import tune as tune_table
from baihuo.cli.tune_search import search


class _TableByDefault(TyperGroup):
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0].startswith("-") and args[0] not in self.get_help_option_names(ctx):
            args = ["table", *args]
        return super().parse_args(ctx, args)


tune = typer.Typer(
    cls=_TableByDefault,
    help="Search for better settings: of a model on a table, or of the shop's own searches.",
    no_args_is_help=True,
)
tune.command("table")(tune_table)
tune.command("search")(search)
