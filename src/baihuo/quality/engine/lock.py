"""One run of the checks at a time into one folder."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from baihuo.core import LockHolder, file_lock

NAME = ".clean.lock"


def locked(folder: Path, *, wait: bool = False) -> AbstractContextManager[LockHolder | None]:
    """Hold ``folder`` while the block runs; yields the holder that died while it held it, if one did.

    Args:
        folder: The folder of clean data.
        wait: Wait for another holder instead of raising.

    Raises:
        Conflict: another run holds it; says which process, where and since when.
    """
    return file_lock(folder / NAME, work=f"another run is writing to {folder}", wait=wait)
