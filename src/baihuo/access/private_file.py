"""Files that only their owner may read."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def private_file(path: Path) -> None:
    """Create the file, or remove other users' permissions. SQLite gives its companion files the same permissions."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        # Not opened here: closing it would drop the locks that SQLite holds on it in this process.
        with suppress(PermissionError):  # another user's file; SQLite reports whether it is usable
            path.chmod(0o600)
