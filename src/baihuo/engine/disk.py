"""One clear error for a full disk, and linked files."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from baihuo.core import ShopError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_MESSAGES = ("no space left on device", "disk quota exceeded", "file too large")


@contextmanager
def full_disk_named(folder: Path) -> Iterator[None]:
    """Turn errors of a full disk, from any library, into one :class:`ShopError`.

    Raises:
        ShopError: nothing more could be written.
    """
    try:
        yield
    except Exception as error:
        if not is_full_disk(error):
            raise
        if isinstance(error, ShopError):  # already converted
            raise
        raise ShopError(
            f"the disk that holds {folder} is full ({error})",
            fix="free some space or use another folder, then run this again: earlier files are "
            "unchanged, and no partial file is left",
        ) from error


def is_full_disk(error: BaseException | None) -> bool:
    """Whether an error, or one of its causes, is a full disk."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in _FULL:
            return True
        is_engine = type(error).__module__.split(".")[0] in (
            "duckdb",
            "_duckdb",
            "pyarrow",
            "safetensors",
        )
        if (is_engine or isinstance(error, OSError)) and any(
            message in str(error).lower() for message in _MESSAGES
        ):
            return True
        error = error.__cause__
    return False


def sync(*paths: Path) -> None:
    """Wait until files, or the names in folders, are on the disk and survive a power cut."""
    for path in paths:
        opened = os.open(path, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def link_or_copy(source: str, target: str) -> str:
    """Hard-link a file that is never changed in place, or copy it if links are unsupported; for :func:`shutil.copytree`."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
    return target
