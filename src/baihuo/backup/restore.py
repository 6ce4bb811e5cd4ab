"""Restore a backup as a shop's folder, after reading every byte of it."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from baihuo.backup.copies import copy_hashed
from baihuo.backup.manifest import FILES, BackupPlace
from baihuo.core import BrokenFile, Conflict, Progress, no_progress
from baihuo.engine import full_disk_named


@dataclass(frozen=True, slots=True)
class RestoreResult:
    """A restored shop."""

    folder: Path
    n_files: int
    moved_to: Path | None  # new path of the old folder


def restore_backup(
    place: BackupPlace,
    folder: Path,
    *,
    at_us: int,
    is_forced: bool = False,
    progress: Progress = no_progress,
) -> RestoreResult:
    """Copy a backup to ``folder``, after checking every byte.

    Args:
        place: The backup.
        folder: The shop's folder, absent or empty.
        at_us: Now, UTC.
        is_forced: Move the old ``folder`` aside, next to it; it is not deleted.
        progress: Called with bytes.

    Raises:
        Conflict: ``folder`` is not empty, and ``is_forced`` is False.
        BrokenFile: a file of the backup was changed, cut or deleted.
        ShopError: the disk is full.
    """
    folder = folder.absolute()
    is_there = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
    if is_there and not is_forced:
        raise Conflict(
            f"{folder} is not empty",
            fix="restore into a new folder: --shop FOLDER; or stop its server and add --force, which moves the old folder aside",
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    with full_disk_named(folder.parent):
        part = Path(tempfile.mkdtemp(prefix=f".{folder.name}.restoring-", dir=folder.parent))
        try:
            _copy(place, part, progress)
            moved_to = _move_aside(folder, at_us) if is_there else None
            if not is_there and folder.exists():
                folder.rmdir()
            part.rename(folder)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return RestoreResult(folder, len(place.manifest.files), moved_to)


def _copy(place: BackupPlace, out: Path, progress: Progress) -> None:
    n_done, n_total = 0, place.manifest.n_bytes

    def done(n_bytes: int) -> None:
        nonlocal n_done
        n_done += n_bytes
        progress("restore", min(n_done, n_total), n_total)

    for name, stored in place.manifest.files.items():
        source = place.folder / FILES / name
        try:
            sha256, _ = copy_hashed(source, out / name, done)
        except FileNotFoundError:
            raise _damaged(source, "is missing") from None
        if sha256 != stored.sha256:
            raise _damaged(source, "was changed or cut")
        os.utime(out / name, ns=(stored.mtime_ns, stored.mtime_ns))
    progress("restore", n_total, n_total)


def _move_aside(folder: Path, at_us: int) -> Path:
    name = f"{folder.name}.before-restore-{datetime.fromtimestamp(at_us // 1_000_000, UTC):%Y%m%dT%H%M%SZ}"
    names = [name, *(f"{name}-{i}" for i in range(2, 1000))]
    aside = next(path for one in names if not (path := folder.with_name(one)).exists())
    folder.rename(aside)
    return aside


def _damaged(path: Path, what: str) -> BrokenFile:
    return BrokenFile(
        f"{path} {what}: nothing was restored",
        fix="use another backup; `baihuo backup FOLDER --verify` shows which are intact",
    )
