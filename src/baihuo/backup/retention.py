"""Deletes backups that are not to be kept any longer."""

from __future__ import annotations

import shutil
from pathlib import Path

from baihuo.backup.manifest import BackupPlace, backups_in

_DELETING = ".deleting-"


def delete_expired(target: Path, *, keep: int, now_us: int) -> list[BackupPlace]:
    """Delete backups past the end of their retention, and all but the ``keep`` newest.

    The newest is always kept: an old backup is better than none. A backup loses its name before its files, so none is
    ever half there.

    Returns:
        Those deleted, oldest first.
    """
    for left in target.glob(f"{_DELETING}*"):  # of a run that was killed
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
