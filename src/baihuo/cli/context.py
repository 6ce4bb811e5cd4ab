"""What every command shares: the consoles and the shop it works in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console, ConsoleDimensions

from baihuo.cli.progress import progress_bars
from baihuo.core import BadInput, Progress
from baihuo.settings import Shop, shop_folder


class _Console(Console):
    """As wide as the terminal; without one as wide as what is printed, so that a pipe or file gets whole figures."""

    @property  # type: ignore[misc]  # nothing sets it
    def size(self) -> ConsoleDimensions:
        """Width and height in characters; ``COLUMNS`` of the environment sets the width everywhere."""
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
    """The shop, and a progress display on standard error."""
    shop = shop_folder(folder)
    with progress_bars(stderr) as progress:
        yield shop, progress


def split_pair(
    text: str, option: str = "--map", form: str = "our_field=their_column"
) -> tuple[str, str]:
    """``"a=b"`` as its two halves.

    Raises:
        BadInput: it has no ``=``, or a side is empty.
    """
    ours, equals, theirs = text.partition("=")
    if not (ours and equals and (theirs or option == "--set")):
        raise BadInput(f"{option} {text!r} is not a pair", fix=f"write {option} {form}")
    return ours, theirs
