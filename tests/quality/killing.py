"""A run in a process of its own, that kills itself at the nth thing it does to the file system."""

from __future__ import annotations

import os
import resource
import signal
import sys
from pathlib import Path

TOUCHES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "open"}


IN_A_RANGE = 45
"""Few, so that a run has two ranges of days to be killed in."""


def run(folder: Path, out: Path, now_us: int | None, *, die_at: int | None, told: Path) -> None:
    """Clean ``folder``'s two tables into ``out``; write to ``told`` how often it touched the disk."""
    from chosen import only  # type: ignore[import-not-found]  # it lies beside this file

    from baihuo.engine import DuckTables
    from baihuo.quality import CleanOptions, clean

    n = 0

    def seen(event: str, args: tuple[object, ...]) -> None:
        nonlocal n
        if event not in TOUCHES or str(out) not in str(args[0]):
            return
        if event == "open" and not int(str(args[2])) & (os.O_WRONLY | os.O_RDWR):
            return
        n += 1
        if n == die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(seen)
    clean(
        DuckTables(threads=1),
        events=[folder / "events.parquet"],
        products=[folder / "products.parquet"],
        out=out,
        rules=only("bad_quantity", "bad_position", "duplicates", "orphans"),
        now_us=now_us,
        options=CleanOptions(partition_rows=IN_A_RANGE),
    )
    told.write_text(str(n))


def with_little_room(folder: Path, out: Path, now_us: int, most: int, told: Path) -> None:
    """The same where no file may have more than ``most`` bytes; writes what the error said."""
    from baihuo.core import ShopError

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    said = told.open("wb", buffering=0)
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        run(folder, out, now_us, die_at=None, told=folder / "unused")
    except ShopError as error:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        said.write(f"{error.what}|{error.fix}".encode())
