"""The manifest of a backup: a JSON file with the hash of every file, and of itself."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from baihuo.core import BadInput, BrokenFile, NotFound, ShopPaths
from baihuo.engine import written_whole

# Delete expired backups.


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


# ``backups.json`` of a shop: its backups and their expiry. Erasure reads it.


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


MANIFEST, FILES = "manifest.json", "files"
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of a backup."""

    sha256: str
    n_bytes: int
    mtime_ns: (
        int  # of the shop's file; with the size it decides whether the next backup links this one
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupManifest:
    """One backup."""

    shop: str  # the shop's folder when it was taken
    at_us: int  # includes everything acknowledged before, UTC
    expires_at_us: int  # end of retention, UTC
    version: str  # of the software
    has_keys: bool
    files: dict[str, StoredFile]  # path in the shop, with slashes
    left_out: list[str] = field(default_factory=list)  # links to folders, and excluded keys

    @property
    def n_bytes(self) -> int:
        """Bytes of all files, those linked from an earlier backup included."""
        return sum(file.n_bytes for file in self.files.values())

    def write(self, folder: Path) -> None:
        """Write it into a backup's folder."""
        body = {"format": _FORMAT, **asdict(self)}
        text = json.dumps({"sha256": _hash(body), **body}, ensure_ascii=False, indent=1)
        with written_whole(folder / MANIFEST) as part:
            part.write_text(text + "\n", encoding="utf-8")


@dataclass(frozen=True, slots=True)
class BackupPlace:
    """A backup, and its folder."""

    folder: Path
    manifest: BackupManifest


def read_manifest(folder: Path) -> BackupManifest:
    """The manifest of the backup in ``folder``.

    Raises:
        NotFound: the folder is no backup.
        BrokenFile: the manifest was changed.
        BadInput: a newer version wrote it.
    """
    path = folder / MANIFEST
    try:
        body: Any = json.loads(path.read_bytes())
        stated = body.pop("sha256")
        form = body.pop("format")
        if isinstance(form, int) and form > _FORMAT:
            raise BadInput(
                f"{folder} was written by a newer version (format {form}; this one reads {_FORMAT})",
                fix="update baihuo, then try again",
            )
        if stated != _hash({"format": form, **body}):
            raise ValueError("its hash is another")
        files = {_inside(name): StoredFile(**file) for name, file in body.pop("files").items()}
        return BackupManifest(files=files, **body)
    except FileNotFoundError:
        raise NotFound(
            f"{folder} is not a backup",
            fix="name the folder that `baihuo backup FOLDER --list` shows",
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BrokenFile(
            f"{path} was changed or cut: {error}",
            fix="use another backup",
        ) from error


def backups_in(target: Path) -> list[BackupPlace]:
    """Return the complete backups in a folder, oldest first.

    Raises:
        BrokenFile: the manifest of one was changed.
    """
    folders = [p for p in target.glob("*") if p.is_dir() and not p.name.startswith(".")]
    found = [BackupPlace(p, read_manifest(p)) for p in folders if (p / MANIFEST).is_file()]
    return sorted(found, key=lambda place: (place.manifest.at_us, place.folder.name))


def open_backup(path: Path) -> BackupPlace:
    """Open a backup by its folder, or the newest in a folder of backups.

    Raises:
        NotFound: there is none.
        BrokenFile: its manifest was changed.
    """
    if (path / MANIFEST).is_file():
        return BackupPlace(path, read_manifest(path))
    if found := backups_in(path):
        return found[-1]
    raise NotFound(f"no backup in {path}", fix=f"make one: baihuo backup {path}")


def _inside(name: str) -> str:
    pure = PurePosixPath(name)
    if pure.is_absolute() or ".." in pure.parts or not pure.parts:
        raise ValueError(f"{name!r} leads out of the shop")
    return name


def _hash(body: dict[str, Any]) -> str:
    text = json.dumps(body, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
