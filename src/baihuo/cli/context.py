"""Shared by all commands: consoles and the shop."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console, ConsoleDimensions

from baihuo.cli.progress import progress_bars
from baihuo.core import (
    BadInput,
    CannotWrite,
    Conflict,
    GateClosed,
    Progress,
    QualityStop,
    ShopError,
)
from baihuo.settings import Shop, shop_folder


class _Console(Console):
    """A console as wide as the terminal, or without one as the output, so that a pipe or file gets whole figures."""

    @property  # type: ignore[misc]  # nothing sets it
    def size(self) -> ConsoleDimensions:
        """Return width and height in characters; the environment variable ``COLUMNS`` sets the width."""
        size = super().size
        if self.is_terminal or "COLUMNS" in os.environ:
            return size
        return ConsoleDimensions(_UNLIMITED, size.height)


_UNLIMITED = 100_000

# Data may hold text such as ":robot:", which must not become an emoji.
stderr = _Console(stderr=True, emoji=False)
stdout = _Console(emoji=False)

ShopOption = Annotated[
    Path | None,
    typer.Option("--shop", help="The shop's folder (default: $BAIHUO_SHOP, else ./shop)."),
]


@contextmanager
def shop_context(folder: Path | None) -> Iterator[tuple[Shop, Progress]]:
    """Return the shop and a progress display on standard error."""
    shop = shop_folder(folder)
    with progress_bars(stderr) as progress:
        yield shop, progress


def split_pair(
    text: str, option: str = "--map", form: str = "our_field=their_column"
) -> tuple[str, str]:
    """Split ``"a=b"`` into its two halves. Raises: BadInput: it has no ``=``, or a side is empty."""
    ours, equals, theirs = text.partition("=")
    if not (ours and equals and (theirs or option == "--set")):
        raise BadInput(f"{option} {text!r} is not a pair", fix=f"write {option} {form}")
    return ours, theirs


# The application object; :mod:`baihuo.cli.app` registers the commands.


app = typer.Typer(
    name="baihuo",
    help="Search and recommendations for a shop, trained on data that passed its checks.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)


def commands() -> list[list[str]]:
    """Return every command as a list of words, such as ``["label", "next"]``; groups come last, hidden old names are left out."""
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


# Exit codes of errors, for schedulers.


GATE_CLOSED = 5


def exit_code(error: ShopError) -> int:
    """Return 1: an error, 2: bad input, 4: stopped by data quality, 5: refused by the gate."""
    if isinstance(error, QualityStop):
        return 4
    if isinstance(error, GateClosed):
        return GATE_CLOSED
    return 1 if isinstance(error, Conflict | CannotWrite) or type(error) is ShopError else 2


# Options of the commands that read files alone, without a shop.


FormatOption = Annotated[
    str | None, typer.Option("--format", help="Format of the files, if it cannot be recognised.")
]
MapOption = Annotated[
    list[str] | None, typer.Option("--map", help="our_field=their_column, for the files.")
]
CurrencyOption = Annotated[
    str | None, typer.Option("--currency", help="Currency of prices without one.")
]
EncodingOption = Annotated[
    str | None, typer.Option("--encoding", help="Encoding of text files that are not UTF-8.")
]
