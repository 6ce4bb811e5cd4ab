"""What every command shares: where it speaks, and the shop it works in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from baihuo.cli.progress import progress_bars
from baihuo.core import BadInput
from baihuo.core.progress import Progress
from baihuo.settings import Shop, shop_folder

# Words between colons are data here, not pictures: ":robot:" stays what it is.
stderr = Console(stderr=True, emoji=False)
stdout = Console(emoji=False)

ShopOption = Annotated[
    Path | None,
    typer.Option("--shop", help="The shop's folder (default: $BAIHUO_SHOP, else ./shop)."),
]


@contextmanager
def shop_context(given: Path | None) -> Iterator[tuple[Shop, Progress]]:
    """The shop, and a place to say how far work is."""
    shop = shop_folder(given)
    with progress_bars(stderr) as progress:
        yield shop, progress


def split_pair(
    given: str, option: str = "--map", say: str = "our_field=their_column"
) -> tuple[str, str]:
    """``"a=b"`` as its two halves.

    Raises:
        BadInput: it is no pair.
    """
    ours, equals, theirs = given.partition("=")
    if not (ours and equals and (theirs or option == "--set")):
        raise BadInput(f"{option} {given!r} is not a pair", fix=f"write {option} {say}")
    return ours, theirs
