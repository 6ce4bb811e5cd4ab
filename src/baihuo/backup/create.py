"""Make a backup of a shop while it serves."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import baihuo
from baihuo.backup.manifest import FILES, BackupManifest, BackupPlace, StoredFile, backups_in
from baihuo.backup.restore import copy_database, copy_hashed, file_hash, is_sqlite
from baihuo.core import BadInput, Conflict, NotFound, Progress, ShopPaths, file_lock, no_progress
from baihuo.engine import full_disk_named, link_or_copy

_LOCK, _WRITING = ".backup.lock", ".writing-"
_DAY_US = 86_400_000_000

Locks = Callable[[], AbstractContextManager[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupOptions:
    """Options of a backup."""

    with_keys: bool = True
    keep_days: float = 90.0
    locks: Locks = nullcontext  # waits for imports and checks, and blocks them


@dataclass(frozen=True, slots=True)
class BackupResult:
    """A new backup."""

    place: BackupPlace
    n_linked: int  # files unchanged since the backup before
    n_new_bytes: int


def create_backup(
    shop: ShopPaths,
    target: Path,
    *,
    at_us: int,
    options: BackupOptions = BackupOptions(),
    progress: Progress = no_progress,
) -> BackupResult:
    """Copy the shop into a new folder of ``target``, named by the time. Servers and writers go on.

    Files unchanged since the newest backup are linked to it: each backup is complete, and costs only what changed. A backup gets its name
    when it is complete and on the disk.

    Args:
        shop: The shop.
        target: A folder for backups of this shop alone, outside of it; best on another disk.
        at_us: Now, UTC.
        options: Options.
        progress: Called with bytes.

    Raises:
        NotFound: the shop has no folder.
        BadInput: ``target`` is inside the shop.
        Conflict: another backup into ``target`` runs, or it holds backups of another shop.
        BrokenFile: a database of the shop is damaged.
        ShopError: the disk is full.
    """
    root = shop.root.resolve()
    if not root.is_dir():
        raise NotFound(f"there is no shop in {shop.root}", fix="name its folder: --shop FOLDER")
    if target.resolve().is_relative_to(root):
        raise BadInput(
            f"{target} is inside the shop {shop.root}",
            fix="back up into a folder outside of it, best on another disk",
        )
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    work = f"another backup into {target} is running"
    with full_disk_named(target), file_lock(target / _LOCK, work=work):
        earlier = backups_in(target)
        others = {place.manifest.shop for place in earlier} - {str(root)}
        if others:
            raise Conflict(
                f"{target} holds backups of another shop: {min(others)}",
                fix="use a separate folder for each shop",
            )
        _clear(root, target)
        part = Path(tempfile.mkdtemp(prefix=_WRITING, dir=target))
        stage = Path(tempfile.mkdtemp(prefix=STAGE, dir=root))
        try:
            frozen = freeze(
                ShopPaths(root),
                stage=stage,
                databases=part / FILES,
                with_keys=options.with_keys,
                locks=options.locks,
                progress=progress,
            )
            written = _Writer(part / FILES, earlier[-1] if earlier else None, progress)
            manifest = BackupManifest(
                shop=str(root),
                at_us=at_us,
                expires_at_us=at_us + int(options.keep_days * _DAY_US),
                version=baihuo.__version__,
                has_keys=options.with_keys,
                files=written.write(frozen),
                left_out=frozen.left_out,
            )
            manifest.write(part)
            folder = target / _name(target, at_us)
            part.rename(folder)
            _sync_folder(target)
        finally:
            shutil.rmtree(part, ignore_errors=True)
            shutil.rmtree(stage, ignore_errors=True)
    return BackupResult(BackupPlace(folder, manifest), written.n_linked, written.n_new_bytes)


class _Writer:
    """Writes the files of one backup."""

    def __init__(self, out: Path, earlier: BackupPlace | None, progress: Progress) -> None:
        self._out, self._progress = out, progress
        self._folder = earlier.folder / FILES if earlier else None
        self._known: Mapping[str, StoredFile] = earlier.manifest.files if earlier else {}
        self.n_linked = self.n_new_bytes = 0
        self._n_done = self._n_total = 0

    def write(self, frozen: Frozen) -> dict[str, StoredFile]:
        """Write every file by its path in the shop."""
        self._n_total = sum(path.stat().st_size for path in frozen.staged.values())
        self._n_total += sum((self._out / name).stat().st_size for name in frozen.databases)
        self._done(0)
        stored = {name: self._database(name) for name in frozen.databases}
        stored |= {name: self._file(name, path) for name, path in frozen.staged.items()}
        self._progress("back up files", self._n_total, self._n_total)
        return dict(sorted(stored.items()))

    def _database(self, name: str) -> StoredFile:
        path = self._out / name
        looks = path.stat()
        file = StoredFile(file_hash(path, self._done), looks.st_size, looks.st_mtime_ns)
        known = self._known.get(name)
        if known and known.sha256 == file.sha256:  # unchanged since
            path.unlink()
            if self._link(name, known):
                return known
            raise Conflict(f"{self._folder} was changed meanwhile", fix="run this again")
        self.n_new_bytes += file.n_bytes
        return file

    def _file(self, name: str, path: Path) -> StoredFile:
        looks = path.stat()
        known = self._known.get(name)
        if (
            known
            and (known.n_bytes, known.mtime_ns) == (looks.st_size, looks.st_mtime_ns)
            and self._link(name, known)
        ):
            self._done(looks.st_size)
            return known
        sha256, n_bytes = copy_hashed(path, self._out / name, self._done)
        os.utime(self._out / name, ns=(looks.st_mtime_ns, looks.st_mtime_ns))
        self.n_new_bytes += n_bytes
        return StoredFile(sha256, n_bytes, looks.st_mtime_ns)

    def _link(self, name: str, known: StoredFile) -> bool:
        """Link the file of the earlier backup; return False if impossible, or if it is cut."""
        assert self._folder is not None
        source, target = self._folder / name, self._out / name
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            if source.stat().st_size != known.n_bytes:
                return False
            os.link(source, target)
        except OSError:
            return False
        self.n_linked += 1
        return True

    def _done(self, n_bytes: int) -> None:
        self._n_done += n_bytes
        self._progress("back up files", min(self._n_done, self._n_total), self._n_total)


def _clear(root: Path, target: Path) -> None:
    """Delete files of killed backups; we hold the lock of the target."""
    for left in [*target.glob(f"{_WRITING}*"), *root.glob(f"{STAGE}*")]:
        shutil.rmtree(left, ignore_errors=True)


def _name(target: Path, at_us: int) -> str:
    """Return a name from the UTC time, so that names sort by time."""
    name = f"{datetime.fromtimestamp(at_us // 1_000_000, UTC):%Y%m%dT%H%M%SZ}"
    names = [name, *(f"{name}-{i}" for i in range(2, 1000))]
    return next(one for one in names if not (target / one).exists())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# Take a snapshot of a shop's files: databases as consistent copies, all others as links.


STAGE = ".backup-"
"""Prefix of the folder of links in the shop; a killed backup's is removed by the next."""
_KEYS = (
    *("mask.key", "visitor.key", "ads.key", "team.key"),
    *("keys.sqlite", "accounts.sqlite"),
)
_DATABASES = (".sqlite", ".sqlite3", ".db")
_COMPANIONS = ("-wal", "-shm", "-journal")
_SMALL = 1 << 20  # may be edited in place: copied, not linked
_TRIES = 3


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
