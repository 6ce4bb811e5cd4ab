"""One run at a time into one folder, and a word about who holds it."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from baihuo.core import Conflict

NAME = ".clean.lock"
_NO_LOCKS = (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS)  # some network file systems


@dataclass(frozen=True, slots=True)
class LockHolder:
    """Who holds a folder, or held it when it died."""

    pid: int
    host: str
    started_at_us: int

    def __str__(self) -> str:
        since = datetime.fromtimestamp(self.started_at_us / 1e6, UTC)
        return f"process {self.pid} on {self.host}, since {since:%Y-%m-%d %H:%M:%S} UTC"


@contextmanager
def locked(folder: Path) -> Iterator[LockHolder | None]:
    """Hold ``folder`` while the block runs; answers with the holder that died without letting go.

    The kernel lets go when a process ends, however it ends, so a lock left behind by a killed run is
    known as stale at once. Where a file system has no locks, the process named in the file decides:
    gone from this host means stale, and another host's must be judged by a person.

    Raises:
        Conflict: another run holds it; says which process, where and since when.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / NAME
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        before = _read(handle)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _held(folder, before) from None
        except OSError as why:
            if why.errno not in _NO_LOCKS:
                raise
            if before is not None and _may_live(before):
                raise _held(folder, before) from why
        before = _read(handle)
        _write(handle, LockHolder(os.getpid(), socket.gethostname(), time.time_ns() // 1000))
        try:
            yield before
        finally:
            os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def _held(folder: Path, holder: LockHolder | None) -> Conflict:
    return Conflict(
        f"another run is writing to {folder}: {holder or 'it has only just started'}",
        fix="wait until it ends, then run this again; nothing was changed. If that process is gone for "
        f"good and this stays, delete {folder / NAME}",
    )


def _may_live(holder: LockHolder) -> bool:
    if holder.host != socket.gethostname():
        return True
    try:
        os.kill(holder.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return holder.pid != os.getpid()


def _read(handle: int) -> LockHolder | None:
    try:
        return LockHolder(**json.loads(os.pread(handle, 4096, 0)))
    except (ValueError, TypeError):  # empty: let go; torn: killed while writing it
        return None


def _write(handle: int, holder: LockHolder) -> None:
    os.ftruncate(handle, 0)
    os.pwrite(handle, json.dumps(asdict(holder)).encode(), 0)
