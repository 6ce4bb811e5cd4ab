"""``backups.json`` of a shop: its backups and their expiry. Erasure reads it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from baihuo.backup.manifest import BackupPlace
from baihuo.core import BrokenFile, ShopPaths
from baihuo.engine import written_whole


@dataclass(frozen=True, slots=True)
class KnownBackup:
    """A backup of the shop."""

    path: str  # absolute
    at_us: int  # without data erased before, UTC
    expires_at_us: int  # expiry: deleted by the next backup into its folder, UTC
    has_keys: bool


def known_backups(shop: ShopPaths) -> list[KnownBackup]:
    """Return the backups of a shop, oldest first; some may be on unmounted disks.

    Raises:
        BrokenFile: the list cannot be read.
    """
    path = shop.backups_file
    try:
        return [KnownBackup(**entry) for entry in json.loads(path.read_bytes())]
    except FileNotFoundError:
        return []
    except (ValueError, TypeError) as error:
        raise BrokenFile(
            f"{path} is not a list of backups: {error}",
            fix="delete it, and run `baihuo backup FOLDER --list` for each folder with backups, which renews it",
        ) from error


def remember_backup(
    shop: ShopPaths, places: Iterable[BackupPlace], *, deleted: Iterable[BackupPlace] = ()
) -> None:
    """Add backups to the list of a shop, and remove deleted ones."""
    by_path = {one.path: one for one in known_backups(shop)}
    for place in deleted:
        by_path.pop(str(place.folder.resolve()), None)
    for place in places:
        path, manifest = str(place.folder.resolve()), place.manifest
        by_path[path] = KnownBackup(path, manifest.at_us, manifest.expires_at_us, manifest.has_keys)
    entries = sorted(by_path.values(), key=lambda one: (one.at_us, one.path))
    with written_whole(shop.backups_file) as part:
        part.write_text(json.dumps([asdict(one) for one in entries], indent=1) + "\n", "utf-8")
