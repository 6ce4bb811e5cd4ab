"""Acknowledged means on the disk: seen in the system calls, and after many kills."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from baihuo.events import EventLog

WRITER = Path(__file__).with_name("_writer.py")


def writer(log: Path, name: str, *, n_threads: int, n_calls: int) -> list[str]:
    return [sys.executable, str(WRITER), str(log), name, str(n_threads), str(n_calls)]


@pytest.fixture
def strace() -> str:
    found = shutil.which("strace")
    if found is None:
        pytest.skip("needs strace: apt-get install strace")
    if subprocess.run([found, "-o", os.devnull, sys.executable, "-c", ""]).returncode:
        pytest.skip("needs a machine, or a container, that lets strace trace processes")
    return found


def traced(strace: str, command: list[str], out: Path) -> list[str]:
    """The writes and fsyncs of a run, in order, file names beside the numbers."""
    calls = "trace=write,pwrite64,fsync,fdatasync"
    subprocess.run(
        [strace, "-f", "-y", "-s", "64", "-e", calls, "-o", str(out), *command],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return out.read_text(errors="replace").splitlines()


def test_an_acknowledgement_comes_after_the_fsync_of_its_rows(tmp_path: Path, strace: str) -> None:
    log = tmp_path / "log.sqlite"
    lines = traced(strace, writer(log, "a", n_threads=1, n_calls=20), tmp_path / "trace")
    n_acknowledged, is_dirty, n_synced = 0, False, 0
    for line in lines:
        if re.search(r"pwrite64\(\d+<[^>]*log\.sqlite-wal", line):
            is_dirty = True
        elif re.search(r"f(data)?sync\(\d+<[^>]*log\.sqlite-wal", line):
            is_dirty, n_synced = False, n_synced + 1
        elif re.search(r'write\(1<.*"a-0-', line):
            n_acknowledged += 1
            assert not is_dirty, f"acknowledged before the fsync: {line}"
    assert n_acknowledged == 20
    assert n_synced >= 20  # one caller that waits each time: a sync for every call


def test_callers_who_wait_together_share_one_fsync(tmp_path: Path, strace: str) -> None:
    log = tmp_path / "log.sqlite"
    lines = traced(strace, writer(log, "a", n_threads=16, n_calls=25), tmp_path / "trace")
    n_synced = sum(bool(re.search(r"f(data)?sync\(\d+<[^>]*-wal", line)) for line in lines)
    assert sum("write(1<" in line for line in lines) == 400
    assert n_synced < 200


def test_nothing_acknowledged_is_lost_or_doubled_by_kills_under_load(tmp_path: Path) -> None:
    path, dice = tmp_path / "log.sqlite", random.Random(7)
    acknowledged: list[str] = []
    for round_ in range(3):
        outs = [tmp_path / f"acks-{round_}-{w}" for w in range(3)]
        processes = []
        for w, out in enumerate(outs):
            with out.open("wb") as stdout:
                command = writer(path, f"r{round_}w{w}", n_threads=4, n_calls=1_000_000)
                processes.append(subprocess.Popen(command, stdout=stdout))
        deadline = time.monotonic() + 300
        while any(o.stat().st_size == 0 for o in outs) and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(dice.uniform(0.0, 0.15))
        for process in dice.sample(processes, 3):
            process.send_signal(signal.SIGKILL)
            time.sleep(dice.uniform(0.0, 0.01))
        for process in processes:
            assert process.wait(timeout=120) == -signal.SIGKILL
        for out in outs:
            said = out.read_text().splitlines()
            assert said, "every writer was under load when it was killed"
            acknowledged += said
    log = EventLog(path)
    rows = log.tail(0, limit=10_000_000)
    log.close()
    assert [seq for seq, _ in rows] == list(range(1, len(rows) + 1))
    times = Counter(e.event_id for _, e in rows)
    assert max(times.values()) == 1
    assert not set(acknowledged) - set(times)
    assert len(acknowledged) > 75
