"""``baihuo backup``: a copy of the shop while it is served."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.table import Table

from baihuo.cli.context import ShopOption, shop_context, stderr, stdout
from baihuo.core import BadInput

if TYPE_CHECKING:
    from baihuo.backup import BackupPlace


def backup(
    target: Annotated[Path, typer.Argument(help="A folder for backups, best on another disk.")],
    shop: ShopOption = None,
    keep: Annotated[
        int | None,
        typer.Option(min=1, help="Number of backups to keep (default: backup.keep, 14)."),
    ] = None,
    keep_days: Annotated[
        float | None,
        typer.Option(
            min=0.01, max=36_500, help="Days to keep this one (default: backup.keep_days, 90)."
        ),
    ] = None,
    without_keys: Annotated[
        bool,
        typer.Option(
            "--without-keys", help="Leave out the shop's secrets; restoring then needs them."
        ),
    ] = False,
    list_: Annotated[bool, typer.Option("--list", help="List backups; make none.")] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Verify every byte of the backups; make none.")
    ] = False,
) -> None:
    """Copy the whole shop into a new folder of TARGET. Servers and writers go on.

    It has every event acknowledged before the time in its name. Unchanged files are links to the backup before, so each backup is complete
    and costs only what changed. Old ones are deleted.

    Backups are not encrypted, and contain visitors' data and the shop's keys: see docs/deploy.md.

    \b
    baihuo backup /mnt/backups/shop
    baihuo backup /mnt/backups/shop --list
    baihuo backup /mnt/backups/shop --verify
    """
    from baihuo import flow

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
        lines.append("with the shop's keys, not encrypted: its readers can sign visitor ids")
    lines += [f"left out: {name}" for name in made.place.manifest.left_out if "link" in name]
    lines += [f"deleted: {place.folder.name}" for place in done.deleted]
    for line in lines:
        stderr.print(line, markup=False, highlight=False)


# Backups as a table.


def backups_table(places: Sequence[BackupPlace]) -> Table:
    """Build a table with a line for each backup, oldest first."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("backup", no_wrap=True)
    table.add_column("files", justify="right")
    table.add_column("size", justify="right", no_wrap=True)
    table.add_column("keys")
    table.add_column("kept until", no_wrap=True)
    table.add_column("version", no_wrap=True)
    for place in places:
        manifest = place.manifest
        table.add_row(
            place.folder.name,
            f"{len(manifest.files):,}",
            size_text(manifest.n_bytes),
            "yes" if manifest.has_keys else "no",
            time_text(manifest.expires_at_us)[:10],
            manifest.version,
        )
    return table


def size_text(n_bytes: int) -> str:
    """Format bytes for people.

    >>> size_text(999), size_text(12_345_678)
    ('999 B', '12.3 MB')
    """
    size, units = float(n_bytes), ["B", "kB", "MB", "GB", "TB"]
    while size >= 1_000 and len(units) > 1:
        size /= 1_000
        units.pop(0)
    return f"{size:.0f} B" if units[0] == "B" else f"{size:.1f} {units[0]}"


def time_text(at_us: int) -> str:
    """Format a time, UTC.

    >>> time_text(0)
    '1970-01-01 00:00:00 UTC'
    """
    return f"{datetime.fromtimestamp(at_us // 1_000_000, UTC):%Y-%m-%d %H:%M:%S} UTC"


# ``baihuo restore``: a shop from a backup.


def restore(
    source: Annotated[
        Path, typer.Argument(help="A backup, or a folder of backups: then the newest in it.")
    ],
    shop: ShopOption = None,
    force: Annotated[
        bool,
        typer.Option(
            "--force", help="Move the shop's present folder aside. Stop its server first."
        ),
    ] = False,
) -> None:
    """Restore a shop from a backup, after checking every byte of it. A damaged backup is refused and changes nothing. A folder that is not
    empty is refused without --force, which moves it aside and deletes nothing.

    \b
    baihuo restore /mnt/backups/shop --shop shops/restored
    baihuo restore /mnt/backups/shop/20261127T031500Z --shop shops/main --force
    """
    from baihuo import flow

    with shop_context(shop) as (opened, progress):
        place, restored = flow.restore(source, opened.root, is_forced=force, progress=progress)
    typer.echo(restored.folder)
    at = time_text(place.manifest.at_us)
    lines = [f"{restored.n_files:,} files, as they were at {at}"]
    if restored.moved_to is not None:
        lines.append(f"the old folder is now {restored.moved_to}")
    if not place.manifest.has_keys:
        lines.append(
            "the backup has no keys: copy mask.key, visitor.key and keys.sqlite into the folder before anything runs there, "
            "or pseudonyms, visitors' cookies and keys of the API are made new; visitors stay signed, and nobody can send purchases "
            "until: baihuo keys create NAME --scope admin"
        )
    lines += [
        "visitors erased after that time are in it again: repeat their requests",
        f"next: baihuo status --shop {restored.folder}",
    ]
    for line in lines:
        stderr.print(line, markup=False, highlight=False)
