"""A lock over several processes: it names its holder, and a holder that dies releases it."""

from __future__ import annotations

import errno
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from baihuo.core import Conflict
from baihuo.core.file_lock import file_lock

WORK = "another bakery is using the oven"
HOLDER = """
import sys, time
from pathlib import Path
from baihuo.core.file_lock import file_lock

with file_lock(Path(sys.argv[1]), work="x"):
    print("held", flush=True)
    time.sleep(600)
"""


@contextmanager
def held_elsewhere(lock: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that holds ``lock``."""
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(lock)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == b"held\n"
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    return tmp_path / "kitchen" / ".oven.lock"


def test_a_second_process_is_refused_and_reads_who_holds_it_and_what_to_do(lock: Path) -> None:
    with (
        held_elsewhere(lock) as holder,
        pytest.raises(Conflict) as refused,
        file_lock(lock, work=WORK),
    ):
        pass
    expected = f"{WORK}: process {holder.pid} on {socket.gethostname()}, since 20"
    assert refused.value.what.startswith(expected)
    assert "wait until it ends" in refused.value.fix
    assert str(lock) in refused.value.fix


def test_a_killed_holder_releases_it_at_once_and_the_next_one_learns_who_died(lock: Path) -> None:
    with held_elsewhere(lock) as holder:
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait(60)
        with file_lock(lock, work=WORK) as dead:
            assert dead is not None
            assert dead.pid == holder.pid
    with file_lock(lock, work=WORK) as dead:
        assert dead is None


def test_who_waits_goes_on_when_the_holder_ends(lock: Path) -> None:
    with held_elsewhere(lock) as holder:
        waiting = [sys.executable, "-c", HOLDER.replace('"x"', '"x", wait=True'), str(lock)]
        with subprocess.Popen(waiting, stdout=subprocess.PIPE) as second:
            time.sleep(0.5)
            assert second.poll() is None
            with pytest.raises(Conflict, match=str(holder.pid)), file_lock(lock, work=WORK):
                pass  # it waits, and does not hold
            holder.kill()
            assert second.stdout is not None
            assert second.stdout.readline() == b"held\n"
            second.kill()


def test_an_error_in_the_block_releases_it(lock: Path) -> None:
    with pytest.raises(ZeroDivisionError), file_lock(lock, work=WORK):
        raise ZeroDivisionError
    with file_lock(lock, work=WORK) as dead:
        assert dead is None


@pytest.mark.parametrize("wait", [False, True])
def test_without_locks_of_the_file_system_the_process_named_in_the_file_decides(
    lock: Path, wait: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, "no locks on this file system")

    monkeypatch.setattr("fcntl.flock", no_locks)
    alive = {"pid": os.getppid(), "host": socket.gethostname(), "started_at_us": 1}
    lock.parent.mkdir()
    for holder in (alive, {**alive, "host": "elsewhere"}):
        lock.write_text(json.dumps(holder))
        with pytest.raises(Conflict, match=WORK), file_lock(lock, work=WORK, wait=wait):
            pass
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    lock.write_text(json.dumps({**alive, "pid": ended.pid}))
    with file_lock(lock, work=WORK, wait=wait) as dead:
        assert dead is not None
        assert dead.pid == ended.pid


def test_other_errors_of_the_disk_are_not_called_a_lock(
    lock: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OSError(errno.EIO, "the disk is broken")

    monkeypatch.setattr("fcntl.flock", broken)
    with pytest.raises(OSError, match="broken"), file_lock(lock, work=WORK):
        pass
