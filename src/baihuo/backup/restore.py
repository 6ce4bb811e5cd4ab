"""Restore a backup as a shop's folder, after reading every byte of it."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from baihuo.backup.manifest import FILES, BackupPlace
from baihuo.core import BrokenFile, Conflict, Progress, no_progress
from baihuo.engine import full_disk_named

# Verify every byte of backups, and name damaged files.


_NAMED = 5


def verify_backups(places: Sequence[BackupPlace], *, progress: Progress = no_progress) -> int:
    """Compare every file with its hash; a file that several backups share is read once.

    Returns:
        Number of files read.

    Raises:
        BrokenFile: files were changed, cut, added or are missing.
    """
    problems: list[str] = []
    hashes: dict[tuple[int, int], str] = {}
    n_done, n_total = 0, sum(place.manifest.n_bytes for place in places)
    for place in places:
        problems += _names_that_differ(place)
        for name, stored in place.manifest.files.items():
            n_done += stored.n_bytes
            progress("verify", n_done, n_total)
            path = place.folder / FILES / name
            try:
                looks = path.stat()
                known = (looks.st_dev, looks.st_ino)
                if known not in hashes:
                    hashes[known] = file_hash(path)
            except FileNotFoundError:
                continue  # named already
            except OSError as error:
                problems.append(f"{path} cannot be read: {error.strerror}")
                continue
            if hashes[known] != stored.sha256:
                problems.append(f"{path} {_how(looks.st_size, stored.n_bytes)}")
    if problems:
        more = f" and {len(problems) - _NAMED} more" if len(problems) > _NAMED else ""
        raise BrokenFile(
            f"damaged: {'; '.join(problems[:_NAMED])}{more}",
            fix="restore from another backup, and delete this one after making a new one: the next backup would link its files",
        )
    return len(hashes)


def _names_that_differ(place: BackupPlace) -> list[str]:
    root = place.folder / FILES
    present = {p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file()}
    wanted = place.manifest.files.keys()
    return [f"{root / name} is missing" for name in sorted(wanted - present)] + [
        f"{root / name} was added" for name in sorted(present - wanted)
    ]


def _how(n_bytes: int, n_wanted: int) -> str:
    if n_bytes < n_wanted:
        return f"was cut: {n_bytes:,} of {n_wanted:,} bytes"
    return "was changed"


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


# Copies of files and of SQLite databases, with the hash of what was written.


_BLOCK = 4 << 20
_SQLITE = b"SQLite format 3\0"


def is_sqlite(path: Path) -> bool:
    """Return whether a file is an SQLite database; an empty file is not."""
    with path.open("rb") as file:
        return file.read(len(_SQLITE)) == _SQLITE


def copy_hashed(source: Path, target: Path, done: Callable[[int], None]) -> tuple[str, int]:
    """Copy a file durably; return the SHA-256 and number of the bytes written."""
    digest, n_bytes = hashlib.sha256(), 0
    target.parent.mkdir(parents=True, exist_ok=True)
    with source.open("rb") as reading, os.fdopen(_private(target), "wb") as writing:
        while block := reading.read(_BLOCK):
            digest.update(block)
            writing.write(block)
            n_bytes += len(block)
            done(len(block))
        writing.flush()
        os.fsync(writing.fileno())
    return digest.hexdigest(), n_bytes


def file_hash(path: Path, done: Callable[[int], None] = lambda n: None) -> str:
    """SHA-256 of a file's content."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            done(len(block))
    return digest.hexdigest()


def _private(path: Path) -> int:
    """Create a file that only its owner can read."""
    return os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)


def copy_database(source: Path, target: Path) -> None:
    """Copy a snapshot of an SQLite database without blocking writers.

    The copy needs no companion files: it is one file, without a write-ahead log.

    Raises:
        BrokenFile: the database is damaged.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    os.close(_private(target))
    address = f"file:{quote(str(source.resolve()))}?mode=rw"
    try:
        with (
            closing(sqlite3.connect(address, uri=True, timeout=30.0)) as reading,
            closing(sqlite3.connect(target, isolation_level=None)) as writing,
        ):
            reading.backup(writing)  # in one step: a write between several would restart it
            writing.execute("PRAGMA journal_mode = DELETE")
            [finding] = writing.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise
        finding = str(error)
    if finding != "ok":
        raise BrokenFile(
            f"{source} is damaged: {finding}",
            fix="restore it from an earlier backup, or recover its rows: sqlite3 FILE .recover",
        )
    handle = os.open(target, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
