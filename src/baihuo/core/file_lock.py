"""A lock between processes: one file, locked while a block runs.

The kernel releases the lock when its holder ends, however it ends. The file names the holder, so that
the error of another process can name it.
"""

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

from baihuo.core.errors import Conflict

_NO_LOCKS = (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS)  # some network file systems


@dataclass(frozen=True, slots=True)
class LockHolder:
    """The process that holds a lock, or held it when it died."""

    pid: int
    host: str
    started_at_us: int

    def __str__(self) -> str:
        since = datetime.fromtimestamp(self.started_at_us / 1e6, UTC)
        return f"process {self.pid} on {self.host}, since {since:%Y-%m-%d %H:%M:%S} UTC"


@contextmanager
def file_lock(path: Path, *, work: str, wait: bool = False) -> Iterator[LockHolder | None]:
    """Hold the lock ``path`` while the block runs. Yields a holder that died while it held the lock, else None.

    On a file system without locks, the process named in the file decides: if it no longer runs on this host, the lock is stale; for other
    hosts a person must decide.

    Args:
        path: The lock file, created with its folder if missing; it is not deleted.
        work: The holder's work, for the error: "another import into shop/1-raw is running".
        wait: Wait for the other holder instead of raising.

    Raises:
        Conflict: another process holds it; the message names it, its host and its start.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        holder = _read(handle)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _conflict(path, work, holder) from None
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
            if holder is not None and _may_live(holder):
                raise _conflict(path, work, holder) from error
        dead_holder = _read(handle)
        _write(handle, LockHolder(os.getpid(), socket.gethostname(), time.time_ns() // 1000))
        try:
            yield dead_holder
        finally:
            os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def _conflict(path: Path, work: str, holder: LockHolder | None) -> Conflict:
    return Conflict(
        f"{work}: {holder or 'it has only just started'}",
        fix="wait until it ends, then run this again; nothing was changed. If that process no longer "
        f"exists and this error stays, delete {path}",
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
    except (ValueError, TypeError):  # empty: released; truncated: killed while writing
        return None


def _write(handle: int, holder: LockHolder) -> None:
    os.ftruncate(handle, 0)
    os.pwrite(handle, json.dumps(asdict(holder)).encode(), 0)
