"""Folders that are written once, with a hash of every file that is checked before use."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import TypeAlias

from baihuo.core import BrokenFile, Conflict

SUMS = "SHA256SUMS"
"""The file of hashes. ``sha256sum -c SHA256SUMS`` in the folder checks it, too; its first line is the hash of the others."""
_HEAD = "# sha256 of the lines below: "
_LOG = logging.getLogger(__name__)

_Seen: TypeAlias = tuple[tuple[str, int, int, int], ...]
_verified: dict[Path, _Seen] = {}  # folders of this process → marks of their files
_lock = Lock()


def seal_folder(folder: Path, *, linked: Mapping[str, str] | None = None) -> None:
    """Write :data:`SUMS`: nothing may change in the folder from now on.

    Args:
        folder: with all of its files.
        linked: hashes by name of files linked from another sealed folder, which are not read again.
    """
    known = linked or {}
    (folder / SUMS).unlink(missing_ok=True)  # it may be a link to another folder's
    names = (name for name in sorted(_names(folder)) if name != SUMS)
    lines = "".join(f"{known.get(name) or _sha256(folder / name)}  {name}\n" for name in names)
    head = f"{_HEAD}{hashlib.sha256(lines.encode()).hexdigest()}\n"
    (folder / SUMS).write_text(head + lines, encoding="utf-8", newline="\n")


def verify_folder(folder: Path, *, what: str, manifest: str, fix: str) -> dict[str, str]:
    """Check every byte of a sealed folder, once in a process, unless a file's marks change.

    An older version's folder has no :data:`SUMS` and no ``sealed`` in its manifest: this is logged, and it is used unchecked.

    Args:
        folder: a folder of :func:`seal_folder`.
        what: it is, for errors: "index generation".
        manifest: a JSON file in it, with ``sealed: true`` if hashes are required.
        fix: what to run when it is damaged.

    Returns:
        Hashes by name; empty where it is not sealed.

    Raises:
        BrokenFile: a file was changed, is missing or was added.
        Conflict: the folder was replaced meanwhile.
    """
    try:
        text = (folder / SUMS).read_bytes()
    except FileNotFoundError:
        _require_unsealed(folder, manifest, what=what, fix=fix)
        return {}
    try:
        looks = _looks(folder)
        sums = _read(text)
        present = {name for name, *_ in looks} - {SUMS}
        if odd := sorted(present ^ sums.keys()):
            raise ValueError(f"missing or added: {', '.join(odd[:5])}")
        with _lock:
            if _verified.get(folder) == looks:
                return sums
        for name, wanted in sums.items():
            actual = _sha256(folder / name)
            if actual != wanted:
                raise ValueError(f"{name} was changed: SHA-256 {actual}, {SUMS} says {wanted}")
    except (ValueError, OSError) as error:
        if not (folder / SUMS).exists() or (folder / SUMS).read_bytes() != text:
            raise Conflict(
                f"{folder} was replaced while it was read", fix="read it again"
            ) from None
        raise _damaged(what, folder, str(error), fix) from error
    with _lock:
        _verified[folder] = looks
    return sums


def _require_unsealed(folder: Path, manifest: str, *, what: str, fix: str) -> None:
    try:
        is_sealed = json.loads((folder / manifest).read_bytes()).get("sealed", False)
    except (ValueError, AttributeError) as error:
        raise _damaged(what, folder, f"{manifest} was changed", fix) from error
    if is_sealed:
        raise _damaged(what, folder, f"missing: {SUMS}", fix)
    text = "%s was written by a version without hashes, and is used unchecked; %s"
    _LOG.warning(text, folder, fix)


def _damaged(what: str, folder: Path, reason: str, fix: str) -> BrokenFile:
    return BrokenFile(f"{what} {folder} is damaged: {reason}", fix=fix)


def _read(text: bytes) -> dict[str, str]:
    head, _, lines = text.partition(b"\n")
    if head != f"{_HEAD}{hashlib.sha256(lines).hexdigest()}".encode():
        raise ValueError(f"{SUMS} was changed")
    pairs = (line.split("  ", 1) for line in lines.decode().splitlines())
    return {name: sha256 for sha256, name in pairs}


def _names(folder: Path) -> list[str]:
    return [str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()]


def _looks(folder: Path) -> _Seen:
    """Return name, inode, size and time of each file, which any change or replacement alters."""
    found = ((name, (folder / name).stat()) for name in sorted(_names(folder)))
    return tuple((name, s.st_ino, s.st_size, s.st_mtime_ns) for name, s in found)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
