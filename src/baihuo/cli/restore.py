"""``baihuo restore``: a shop from a backup."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from baihuo.cli.context import ShopOption, shop_context, stderr


def restore(
    source: Annotated[
        Path, typer.Argument(help="A backup, or a folder of backups: then the newest in it.")
    ],
    shop: ShopOption = None,
    force: Annotated[
        bool,
        typer.Option(
            "--force", help="Move what is in the shop's folder aside. Stop its server first."
        ),
    ] = False,
) -> None:
    """Bring a shop back from a backup, after checking every byte of it.

    A damaged backup is refused, and nothing is put in place. A folder that holds anything is not touched without
    --force, which moves it aside and deletes nothing.

    \b
    baihuo restore /mnt/backups/shop --shop shops/restored
    baihuo restore /mnt/backups/shop/20261127T031500Z --shop shops/main --force
    """
    from baihuo import flow
    from baihuo.cli.tables.backups import time_text

    with shop_context(shop) as (opened, progress):
        place, restored = flow.restore(source, opened.root, is_forced=force, progress=progress)
    typer.echo(restored.folder)
    at = time_text(place.manifest.at_us)
    lines = [f"{restored.n_files:,} files, as they were at {at}"]
    if restored.moved_to is not None:
        lines.append(f"what was there before is in {restored.moved_to}")
    if not place.manifest.has_keys:
        lines.append(
            "the backup has no keys: copy mask.key, visitor.key and keys.sqlite into the folder before anything runs there, "
            "or pseudonyms, visitors' cookies and keys of the API are made new; visitors stay signed, and nobody can send purchases "
            "until: baihuo keys create NAME --scope admin"
        )
    lines += [
        "visitors who asked for erasure after that moment are in it again: repeat their requests",
        f"next: baihuo status --shop {restored.folder}",
    ]
    for line in lines:
        stderr.print(line, markup=False, highlight=False)
