"""``baihuo backup``: a copy of the shop while it is served."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.markup import escape
from rich.table import Table

from baihuo.cli.context import ShopOption, shop_context, stderr, stdout
from baihuo.core import BadInput, now_us
from baihuo.settings import shop_folder

if TYPE_CHECKING:
    from baihuo.backup import BackupPlace
    from baihuo.flow import UpgradeItem


# ``baihuo upgrade``: upgrade a shop of an older version.


def upgrade(
    shop: ShopOption = None,
    apply: Annotated[bool, typer.Option("--apply", help="Migrate. Make a backup first.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show files of an older version in the shop, and the commands that renew them. Without --apply it writes nothing. Databases, keys and
    permissions are migrated by --apply, or by the first command or server that opens them. The named commands renew models. Exit code 2 if
    a person has to decide.

    \b
    baihuo backup /mnt/backups/shop && baihuo upgrade
    baihuo upgrade --apply
    """
    from baihuo import flow

    opened = shop_folder(shop)
    items = flow.upgrade(opened) if apply else flow.upgrade_plan(opened)
    if as_json:
        for item in items:
            typer.echo(json.dumps(asdict(item), ensure_ascii=False))
    else:
        stdout.print(upgrade_table(items))
    fixes = list(dict.fromkeys(item.fix for item in items if item.state == "remake"))
    if any(item.state == "migrates" for item in items):
        fixes.insert(0, "baihuo upgrade --apply")
    lines = [f"next: {fix}" for fix in fixes] or ["nothing to do"]
    is_broken = any(item.state == "broken" for item in items)
    for line in (
        lines if not is_broken else [*(lines if fixes else []), "some files cannot be read"]
    ):
        stderr.print(line, markup=False, highlight=False)
    if is_broken:
        raise typer.Exit(2)


# Files of an older version, as a table.


_STYLES = {"current": "green", "migrates": "yellow", "remake": "yellow", "broken": "bold red"}


def upgrade_table(items: Sequence[UpgradeItem]) -> Table:
    """Build a table with a line for each item."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("what", "state", "found", "fix"):
        table.add_column(name, overflow="fold")
    for item in items:
        state = f"[{_STYLES[item.state]}]{item.state}[/]"
        table.add_row(escape(item.what), state, escape(item.found), escape(item.fix))
    return table


# ``baihuo seal``: move the server's logs into immutable files.


def seal(shop: ShopOption = None) -> None:
    """Move live events and served pages older than an hour to sealed files, and free their disk space. Pages older than
    `privacy.retention.served_days` are marked, and dropped a day later. A running server does the same by
    itself for pages, and `baihuo check` for events; both go on while this runs.

    \b
    baihuo seal
    """
    from baihuo import flow

    done = flow.seal_logs(shop_folder(shop), now_us=now_us())
    typer.echo(f"events: {done.events_file.name if done.events_file else 'none waited'}")
    pages = done.pages
    typer.echo(
        f"served pages: {pages.n_sealed:,} sealed in {pages.n_files:,} files, {pages.n_dropped:,} dropped, "
        f"{pages.freed_bytes / 1e6:,.1f} MB freed"
    )


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
            "or pseudonyms, visitors' cookies and keys of the API are made new; visitors stay signed, and purchases cannot be sent "
            "until: baihuo keys create NAME --scope admin"
        )
    lines += [
        "visitors erased after that time are in it again: repeat their requests",
        f"next: baihuo status --shop {restored.folder}",
    ]
    for line in lines:
        stderr.print(line, markup=False, highlight=False)
