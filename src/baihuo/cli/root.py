"""The application object; :mod:`baihuo.cli.app` registers the commands."""

from __future__ import annotations

import typer

app = typer.Typer(
    name="baihuo",
    help="Search and recommendations for a shop, trained on data that passed its checks.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)


def commands() -> list[list[str]]:
    """Every command as its list of words, such as ``["label", "next"]``; groups come last, hidden old names are left out."""
    alone = [[c.name or ""] for c in app.registered_commands if not c.hidden]
    groups = [
        [g.name or "", c.name or ""]
        for g in app.registered_groups
        if g.typer_instance
        for c in g.typer_instance.registered_commands
        if not c.hidden
    ]
    return alone + groups
