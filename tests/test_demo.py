"""What `make demo` ends with on a machine that has other things to do."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

_BUSY = "import time\nend = time.monotonic() + 1200\nwhile time.monotonic() < end: pass"


@pytest.fixture
def busy_cores() -> Iterator[None]:
    """A loop on every core that this process may use; they end with the test, or by themselves."""
    loops = [
        subprocess.Popen([sys.executable, "-c", _BUSY]) for _ in range(len(os.sched_getaffinity(0)))
    ]
    yield
    for loop in loops:
        assert loop.poll() is None, "the cores were busy to the end"
    for loop in loops:
        loop.kill()
        loop.wait(timeout=30)


@pytest.mark.nightly(reason="the whole line beside busy cores: two minutes of a machine to itself")
@pytest.mark.usefixtures("busy_cores")
def test_the_demo_ends_with_its_table_beside_busy_cores(sample_files: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from baihuo.cli import main; main()", "demo", "--once"]
    shop = ["--shop", str(tmp_path / "shop"), "--data", str(sample_files)]
    done = subprocess.run(
        [*command, *shop], capture_output=True, text=True, timeout=1200, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0, done.stderr
    for title in ("Imports", "What the checks did", "Rankings, on pages newer", "The gate"):
        assert title in done.stdout
    assert done.stdout.rstrip().splitlines()[-1].endswith(" s"), "and what each stage took"
