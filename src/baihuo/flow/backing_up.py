"""Backups of a shop, and their restoration."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from baihuo import connect, quality
from baihuo.backup import (
    BackupOptions,
    BackupPlace,
    BackupResult,
    RestoreResult,
    backups_in,
    create_backup,
    delete_expired,
    open_backup,
    remember_backup,
    restore_backup,
)
from baihuo.backup import verify_backups as verify_places
from baihuo.core import NotFound, Progress, no_progress, now_us
from baihuo.flow.auditing import record_audit
from baihuo.flow.resources import close_to_others
from baihuo.settings import Shop


@dataclass(frozen=True, slots=True)
class BackedUp:
    """A new backup, and the old ones that went for it."""

    made: BackupResult
    deleted: list[BackupPlace]


def backup(
    shop: Shop,
    target: Path,
    *,
    with_keys: bool = True,
    keep: int | None = None,
    keep_days: float | None = None,
    progress: Progress = no_progress,
) -> BackedUp:
    """backup: copy the whole shop into a new folder of ``target`` while it is served; delete backups that are too old.

    It waits for a check or an import that runs, and holds others off for the milliseconds in which files are linked.

    Args:
        target: A folder for backups of this shop alone.
        with_keys: Whether the shop's secrets are in it.
        keep: How many are kept, by default as ``backup.keep`` says.
        keep_days: How long this one is kept, by default as ``backup.keep_days`` says.
    """
    settings = shop.settings().backup
    started_us = now_us()
    made = create_backup(
        shop,
        target,
        at_us=started_us,
        options=BackupOptions(
            with_keys=with_keys,
            keep_days=settings.keep_days if keep_days is None else keep_days,
            locks=lambda: _held(shop),
        ),
        progress=progress,
    )
    deleted = delete_expired(target, keep=keep or settings.keep, now_us=now_us())
    remember_backup(shop, [made.place], deleted=deleted)
    record_audit(
        shop,
        "backup.create",
        subject=made.place.folder.name,
        detail={
            "has_keys": with_keys,
            "expires_at_us": made.place.manifest.expires_at_us,
            "deleted": [place.folder.name for place in deleted],
        },
    )
    return BackedUp(made, deleted)


def list_backups(shop: Shop, target: Path) -> list[BackupPlace]:
    """backup: the backups in a folder, oldest first; those of this shop are in its list afterwards.

    Raises:
        NotFound: there is no such folder.
    """
    if not target.is_dir():
        raise NotFound(f"there is no folder {target}", fix=f"make a backup: baihuo backup {target}")
    places = backups_in(target)
    own = [place for place in places if place.manifest.shop == str(shop.root.resolve())]
    if own and shop.root.is_dir():
        remember_backup(shop, own)
    return places


def verify_backups(target: Path, *, progress: Progress = no_progress) -> list[BackupPlace]:
    """backup: read every byte of the backups in a folder, or of one backup.

    Raises:
        BrokenFile: files were changed, cut, added or are missing; names them.
        NotFound: there is no backup.
    """
    newest = open_backup(target)
    places = [newest] if newest.folder == target else backups_in(target)
    verify_places(places, progress=progress)
    return places


def restore(
    source: Path, folder: Path, *, is_forced: bool = False, progress: Progress = no_progress
) -> tuple[BackupPlace, RestoreResult]:
    """backup: bring back a backup, or the newest one in a folder, as the shop ``folder``; every byte is checked first.

    Args:
        source: The backup, or a folder of backups.
        folder: The shop's folder, absent or empty.
        is_forced: Move what is in ``folder`` aside.
    """
    place = open_backup(source)
    restored = restore_backup(place, folder, at_us=now_us(), is_forced=is_forced, progress=progress)
    shop = Shop(restored.folder)
    close_to_others(shop)
    remember_backup(shop, [place])
    detail = {"at_us": place.manifest.at_us, "has_keys": place.manifest.has_keys}
    record_audit(shop, "backup.restore", subject=place.folder.name, detail=detail)
    return place, restored


@contextmanager
def _held(shop: Shop) -> Iterator[None]:
    """While no import and no check runs."""
    with ExitStack() as stack:
        if shop.raw.is_dir():
            stack.enter_context(connect.locked(shop.raw, wait=True))
        if shop.clean.is_dir():
            stack.enter_context(quality.locked(shop.clean, wait=True))
        yield
