"""A full disk, said as what it is."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from baihuo.core import ShopError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_WORDS = ("no space left on device", "disk quota exceeded", "file too large")


@contextmanager
def full_disk_named(folder: Path) -> Iterator[None]:
    """Errors of a disk without room, from whatever library, become one a person can act on.

    Raises:
        ShopError: nothing more could be written.
    """
    try:
        yield
    except Exception as error:
        if not is_full_disk(error):
            raise
        raise ShopError(
            f"the disk that holds {folder} has no room left ({error})",
            fix="free some space or name another folder, then run this again: what was there before is "
            "untouched, and nothing half-written is left",
        ) from error


def is_full_disk(error: BaseException | None) -> bool:
    """Whether an error, or what caused it, says that the disk is full."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in _FULL:
            return True
        is_engine = type(error).__module__.split(".")[0] in ("duckdb", "_duckdb", "pyarrow")
        if (is_engine or isinstance(error, OSError)) and any(
            words in str(error).lower() for words in _WORDS
        ):
            return True
        error = error.__cause__
    return False
