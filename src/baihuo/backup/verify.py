"""Verify every byte of backups, and name damaged files."""

from __future__ import annotations

from collections.abc import Sequence

from baihuo.backup.copies import file_hash
from baihuo.backup.manifest import FILES, BackupPlace
from baihuo.core import BrokenFile, Progress, no_progress

_NAMED = 5


def verify_backups(places: Sequence[BackupPlace], *, progress: Progress = no_progress) -> int:
    """Compare every file with its hash; a file that several backups share is read once.

    Returns:
        Number of files read.

    Raises:
        BrokenFile: files were changed, cut, added or are missing.
    """
    problems: list[str] = []
    hashes: dict[tuple[int, int], str] = {}
    n_done, n_total = 0, sum(place.manifest.n_bytes for place in places)
    for place in places:
        problems += _names_that_differ(place)
        for name, stored in place.manifest.files.items():
            n_done += stored.n_bytes
            progress("verify", n_done, n_total)
            path = place.folder / FILES / name
            try:
                looks = path.stat()
                known = (looks.st_dev, looks.st_ino)
                if known not in hashes:
                    hashes[known] = file_hash(path)
            except FileNotFoundError:
                continue  # named already
            except OSError as error:
                problems.append(f"{path} cannot be read: {error.strerror}")
                continue
            if hashes[known] != stored.sha256:
                problems.append(f"{path} {_how(looks.st_size, stored.n_bytes)}")
    if problems:
        more = f" and {len(problems) - _NAMED} more" if len(problems) > _NAMED else ""
        raise BrokenFile(
            f"damaged: {'; '.join(problems[:_NAMED])}{more}",
            fix="restore from another backup, and delete this one after making a new one: the next backup would link its files",
        )
    return len(hashes)


def _names_that_differ(place: BackupPlace) -> list[str]:
    root = place.folder / FILES
    present = {p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file()}
    wanted = place.manifest.files.keys()
    return [f"{root / name} is missing" for name in sorted(wanted - present)] + [
        f"{root / name} was added" for name in sorted(present - wanted)
    ]


def _how(n_bytes: int, n_wanted: int) -> str:
    if n_bytes < n_wanted:
        return f"was cut: {n_bytes:,} of {n_wanted:,} bytes"
    return "was changed"
