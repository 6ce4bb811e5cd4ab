"""``baihuo backup``: a copy of the shop while it is served."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from baihuo.cli.context import ShopOption, shop_context, stderr, stdout
from baihuo.core import BadInput


def backup(
    target: Annotated[Path, typer.Argument(help="A folder for backups, best on another disk.")],
    shop: ShopOption = None,
    keep: Annotated[
        int | None, typer.Option(min=1, help="Keep so many (default: backup.keep, 14).")
    ] = None,
    keep_days: Annotated[
        float | None,
        typer.Option(
            min=0.01, max=36_500, help="Keep this one so long (default: backup.keep_days, 90)."
        ),
    ] = None,
    without_keys: Annotated[
        bool,
        typer.Option(
            "--without-keys", help="Leave out the shop's secrets; restoring then needs them."
        ),
    ] = False,
    list_: Annotated[bool, typer.Option("--list", help="Show what is there; make none.")] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Read every byte of what is there; make none.")
    ] = False,
) -> None:
    """Copy the whole shop into a new folder of TARGET. Servers and writers go on.

    Every event that was acknowledged before the moment the backup is named by is in it. Files that did not change are
    links to those of the backup before, so each backup is whole and costs what is new. Old ones are deleted.

    Backups are not encrypted, and hold visitors' data and the shop's keys: see docs/deploy.md.

    \b
    baihuo backup /mnt/backups/shop
    baihuo backup /mnt/backups/shop --list
    baihuo backup /mnt/backups/shop --verify
    """
    from baihuo import flow
    from baihuo.cli.tables.backups import backups_table, size_text

    if list_ and verify:
        raise BadInput("--list and --verify exclude each other", fix="give one of them")
    with shop_context(shop) as (opened, progress):
        if list_ or verify:
            places = (
                flow.list_backups(opened, target)
                if list_
                else flow.verify_backups(target, progress=progress)
            )
        else:
            done = flow.backup(
                opened,
                target,
                with_keys=not without_keys,
                keep=keep,
                keep_days=keep_days,
                progress=progress,
            )
    if list_ or verify:
        stdout.print(backups_table(places))
        if verify:
            stderr.print(f"{len(places):,} backups, every byte as it was written", highlight=False)
        return
    made = done.made
    typer.echo(made.place.folder)
    files = len(made.place.manifest.files)
    lines = [
        f"{files:,} files, {size_text(made.n_new_bytes)} new, {made.n_linked:,} files as in the backup before"
    ]
    if without_keys:
        lines.append(
            "without keys: keep mask.key, visitor.key, keys.sqlite and accounts.sqlite elsewhere"
        )
    else:
        lines.append("with the shop's keys, not encrypted: whoever reads it can sign visitor ids")
    lines += [f"left out: {name}" for name in made.place.manifest.left_out if "link" in name]
    lines += [f"deleted: {place.folder.name}" for place in done.deleted]
    for line in lines:
        stderr.print(line, markup=False, highlight=False)
