"""``baihuo simulate``: write the files of a sample shop."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from baihuo.cli.context import stderr


def simulate(
    out: Annotated[Path, typer.Argument(help="Folder for the files.")],
    products: Annotated[int, typer.Option(min=200, help="How many products.")] = 5000,
    events: Annotated[int, typer.Option(min=100, help="How many events.")] = 300_000,
    seed: Annotated[int, typer.Option(help="Same seed, same bytes.")] = 7,
    dirt: Annotated[float, typer.Option(min=0, max=0.5, help="Share of dirty rows.")] = 0.02,
) -> None:
    """Write the files of a sample shop: catalogue, events, pictures, and the ground truth.

    \b
    baihuo simulate sample --events 1000000 --seed 3
    """
    from baihuo.cli.progress import progress_bars
    from baihuo.simulate import make_shop

    with progress_bars(stderr) as progress:
        make_shop(
            out, n_products=products, n_events=events, seed=seed, dirt=dirt, progress=progress
        )
    typer.echo(out)
