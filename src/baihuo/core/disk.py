"""Free disk space, and errors of failed writes."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from baihuo.core.errors import CannotWrite, DiskFull

_MB = 1_000_000
_NO_ROOM = 4 * 4096  # bytes: with less than a few blocks any write fails
_FULL, _READ_ONLY, _IO = sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR
_BUSY, _LOCKED = sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED


def free_bytes(path: Path) -> int:
    """Return the free space for unprivileged processes on the disk of ``path``, or of its nearest existing parent."""
    found = _file_system(path)
    return found.f_bavail * found.f_frsize


def require_room(path: Path, reserve_bytes: int) -> None:
    """Refuse to write before the disk is full: the last bytes are for closing files in order.

    Raises:
        DiskFull: the disk of ``path`` has less than ``reserve_bytes`` left.
    """
    if reserve_bytes and (free := free_bytes(path)) < reserve_bytes:
        raise DiskFull(
            f"{path} is not written: its disk has {free // _MB:,} MB left, and the reserve is {reserve_bytes // _MB:,} MB",
            fix="free disk space: writing goes on by itself. `serve.disk_reserve_mb` is the reserve",
        )


def write_error(path: Path, error: sqlite3.Error) -> CannotWrite:
    """Turn a failed write of SQLite into an error with its fix. The transaction was rolled back."""
    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    is_out_of_room = code == _FULL or (code == _IO and free_bytes(path) < _NO_ROOM)
    if is_out_of_room:
        return DiskFull(
            f"{path} could not be written: its disk is full ({error})",
            fix="free disk space: writing goes on by itself",
        )
    if code == _READ_ONLY or _file_system(path).f_flag & os.ST_RDONLY:
        return CannotWrite(
            f"{path} could not be written: it is read-only ({error})",
            fix="make the file and its disk writable (mount, owner, `chattr -i`): writing goes on by itself",
        )
    if code in (_BUSY, _LOCKED):
        return CannotWrite(
            f"{path} could not be written: another process holds it ({error})",
            fix="end the process that holds the file, then try again",
        )
    return CannotWrite(
        f"{path} could not be written: {error}",
        fix="check whether the file is read-only (`lsattr`, mount), too large for a limit, or its disk failing: writing goes on by itself",
    )


def _file_system(path: Path) -> os.statvfs_result:
    while not path.exists() and path != path.parent:
        path = path.parent
    return os.statvfs(path)
