"""Take a snapshot of a shop's files: databases as consistent copies, all others as links."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from pathlib import Path

from baihuo.backup.copies import copy_database, is_sqlite
from baihuo.core import Progress, ShopPaths
from baihuo.engine import link_or_copy

STAGE = ".backup-"
"""Prefix of the folder of links in the shop; a killed backup's is removed by the next."""
_KEYS = ("mask.key", "visitor.key", "team.key", "keys.sqlite", "accounts.sqlite")
_DATABASES = (".sqlite", ".sqlite3", ".db")
_COMPANIONS = ("-wal", "-shm", "-journal")
_SMALL = 1 << 20  # may be edited in place: copied, not linked
_TRIES = 3

Locks = Callable[[], AbstractContextManager[object]]


@dataclass(slots=True)
class Frozen:
    """The files of a snapshot."""

    databases: list[str] = field(default_factory=list)  # copied into the backup already
    staged: dict[str, Path] = field(default_factory=dict)  # path in the shop → link or copy
    left_out: list[str] = field(default_factory=list)


def freeze(
    shop: ShopPaths,
    *,
    stage: Path,
    databases: Path,
    with_keys: bool,
    locks: Locks,
    progress: Progress,
) -> Frozen:
    """Take a snapshot of the shop's files. Databases come first, without locks, which may take long. Then all others are linked in
    milliseconds while ``locks`` are held. If a check, an import or a release ended in between, both are done again, the last time
    under the locks.

    Args:
        stage: An empty folder on the shop's disk, for links.
        databases: Folder of database copies, by their paths in the shop.
        with_keys: Whether to include the shop's secrets.
        locks: Waits for imports and checks, and blocks them.
    """
    for attempt in range(_TRIES):
        is_last = attempt == _TRIES - 1
        _empty(stage)
        _empty(databases)
        before = _marks(shop)
        frozen = Frozen()
        if not is_last:
            _copy_databases(shop, databases, frozen, with_keys, progress)
        with locks():
            if is_last:
                before = _marks(shop)
                _copy_databases(shop, databases, frozen, with_keys, progress)
            is_torn = _marks(shop) != before
            if not is_torn or is_last:
                _link_files(shop, stage, databases, frozen, with_keys)
                is_torn = _marks(shop) != before
        if not is_torn:
            break
    return frozen


def files_of(root: Path) -> Iterator[tuple[str, Path]]:
    """Return the shop's files by path with slashes, without lock and temporary files."""
    for folder, names, files in os.walk(root):
        names[:] = sorted(n for n in names if not n.startswith("."))
        for name in sorted(files):
            path = Path(folder, name)
            if not (name.startswith(".") or name.endswith((".lock", "-lock", *_COMPANIONS))):
                yield path.relative_to(root).as_posix(), path


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)


def _marks(shop: ShopPaths) -> list[tuple[int, int] | None]:
    """Return marks of the files that an import, a check or a release replaces at its end."""
    files = (
        shop.raw / "imports.json",
        shop.quality_report,
        shop.clean_products,
        shop.bundles / "live.json",
    )
    looks: list[tuple[int, int] | None] = []
    for file in files:
        try:
            found = file.stat()
            looks.append((found.st_ino, found.st_mtime_ns))
        except FileNotFoundError:
            looks.append(None)
    segments = sorted((shop.raw / "events").glob("live-*.parquet"))
    return [*looks, (len(segments), 0)]


def _copy_databases(
    shop: ShopPaths, out: Path, frozen: Frozen, with_keys: bool, progress: Progress
) -> None:
    frozen.databases = [
        name
        for name, path in files_of(shop.root)
        if (with_keys or name not in _KEYS) and path.suffix in _DATABASES and is_sqlite(path)
    ]
    # The log first: its sealed events are in segments, which never change.
    frozen.databases.sort(key=lambda name: shop.root / name != shop.log)
    sizes = [(shop.root / name).stat().st_size for name in frozen.databases]
    done, total = 0, sum(sizes)
    for name, size in zip(frozen.databases, sizes, strict=True):
        progress("back up databases", done, total)
        copy_database(shop.root / name, out / name)
        done += size
    progress("back up databases", total, total)


def _link_files(
    shop: ShopPaths, stage: Path, databases: Path, frozen: Frozen, with_keys: bool
) -> None:
    copied = {*frozen.databases}
    newest = _newest_event(databases / shop.log.relative_to(shop.root))
    for name, path in files_of(shop.root):
        if name in copied:
            continue
        if not with_keys and name in _KEYS:
            frozen.left_out.append(name)
            continue
        if path.parent == shop.raw / "events" and _last_of_segment(path) > newest:
            continue  # sealed after the log was copied: its events are not in the copy
        target = stage / name
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            if path.stat().st_size < _SMALL or path.is_symlink():
                shutil.copy2(path, target)
            else:
                link_or_copy(str(path), str(target))
        except FileNotFoundError:  # just replaced or deleted
            continue
        frozen.staged[name] = target
    frozen.left_out += [
        f"{Path(folder, name).relative_to(shop.root).as_posix()}/ (a link)"
        for folder, names, _ in os.walk(shop.root)
        for name in names
        if Path(folder, name).is_symlink()
    ]


def _newest_event(log: Path) -> float:
    """Return the newest event's number of a copied log; infinite without a log."""
    if not log.exists():
        return float("inf")
    with closing(sqlite3.connect(log)) as connection:
        return int(connection.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()[0])


def _last_of_segment(path: Path) -> int:
    """Return the last event of a sealed segment ``live-FIRST-LAST.parquet``; 0 for other files."""
    parts = path.stem.split("-")
    return int(parts[2]) if parts[0] == "live" and len(parts) == 3 and parts[2].isdigit() else 0
