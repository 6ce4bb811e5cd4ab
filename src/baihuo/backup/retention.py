"""Delete expired backups."""

from __future__ import annotations

import shutil
from pathlib import Path

from baihuo.backup.manifest import BackupPlace, backups_in

_DELETING = ".deleting-"


def delete_expired(target: Path, *, keep: int, now_us: int) -> list[BackupPlace]:
    """Delete expired backups, and all but the ``keep`` newest. The newest always stays: an old backup is better than none. A backup is
    renamed before deletion, so none is ever partial.

    Returns:
        Deleted backups, oldest first.
    """
    for left in target.glob(f"{_DELETING}*"):  # of a killed run
        shutil.rmtree(left, ignore_errors=True)
    places = backups_in(target)
    kept = {
        place.folder
        for place in places[-keep:]
        if place.manifest.expires_at_us > now_us or place is places[-1]
    }
    expired = [place for place in places if place.folder not in kept]
    for place in expired:
        hidden = target / f"{_DELETING}{place.folder.name}"
        place.folder.rename(hidden)
        shutil.rmtree(hidden)
    return expired
