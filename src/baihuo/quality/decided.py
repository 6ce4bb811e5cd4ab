"""Files of what people decided, a JSON object a line: lines are added, synced to the disk, and never changed."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from baihuo.core import BadInput, file_lock
from baihuo.engine import full_disk_named


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a file; a line that a killed process left unfinished is passed over."""
    if not path.exists():
        return
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            one = json.loads(line)
        except ValueError:
            continue
        if isinstance(one, dict):
            yield one


@contextmanager
def deciding(path: Path, *, by: str, why: str, work: str) -> Iterator[list[dict[str, Any]]]:
    """Hold the lock of a file while the block runs; what it adds to the list is written at its end, with who, why and when.

    Args:
        work: the holder's work, for an error.

    Raises:
        BadInput: ``by`` or ``why`` is empty.
        ShopError: the disk is full.
    """
    if not by.strip() or not why.strip():
        raise BadInput("the person or the reason is missing", fix="say who (--by) and why (--why)")
    lock = path.with_name(f".{path.stem}.lock")
    with full_disk_named(path.parent), file_lock(lock, work=work, wait=True):
        lines: list[dict[str, Any]] = []
        yield lines
        said = {"by": by, "why": why, "at_us": time.time_ns() // 1000}
        text = "".join(json.dumps(line | said, ensure_ascii=False) + "\n" for line in lines)
        with path.open("ab+") as file:
            end = file.seek(0, os.SEEK_END)
            if end:
                file.seek(end - 1)
                if file.read(1) != b"\n":  # of a process that was killed
                    file.write(b"\n")
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
