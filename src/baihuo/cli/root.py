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
    return _of(app)


def _of(group: typer.Typer) -> list[list[str]]:
    alone = [[c.name or ""] for c in group.registered_commands if not c.hidden]
    groups = [
        [g.name or "", *words]
        for g in group.registered_groups
        if g.typer_instance
        for words in _of(g.typer_instance)
    ]
    return alone + groups
