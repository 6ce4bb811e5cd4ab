"""Index generations are sealed when they are built, and verified before they are opened."""

from __future__ import annotations

import json
import logging
import os
import shutil
import tempfile
from pathlib import Path

from baihuo.core import BrokenFile
from baihuo.engine import SUMS, verify_folder

MANIFEST = "generation.json"
_FIRST_SEALED = 16  # format of the first generations with hashes, which did not note it yet
_FIX = "build it again: baihuo index; where the catalogue has changed since it was built: baihuo release"
_LOG = logging.getLogger(__name__)


def verified(folder: Path) -> dict[str, str]:
    """SHA-256 by name of file, all checked; empty for a generation of an older version, which has none.

    Raises:
        BrokenFile: a file was changed, is missing or was added.
    """
    return verify_folder(folder, what="index generation", manifest=MANIFEST, fix=_FIX)


def is_generation(folder: Path) -> bool:
    """Whether a generation was built there, damaged or not."""
    return (folder / MANIFEST).exists() or (folder / SUMS).exists()


def format_of(folder: Path) -> int | None:
    """The format in which a generation was built; None: one of before formats were noted and files had hashes.

    Raises:
        BrokenFile: its manifest cannot be read.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        known = manifest.get("format", _FIRST_SEALED if manifest.get("sealed") else None)
        return known if known is None else int(known)
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise BrokenFile(f"{folder / MANIFEST} cannot be read: {error}", fix=_FIX) from error


def is_there(folder: Path) -> bool:
    """Whether the generation is there and can be used; a damaged one is logged, and built again."""
    if not folder.exists():
        return False
    try:
        verified(folder)
    except BrokenFile as error:
        _LOG.warning("%s; it is built again", error.what)
        return False
    return True


def put(part: Path, folder: Path) -> None:
    """Make a folder that was just written the generation, in place of a damaged one. Whoever has that one open keeps its files."""
    if is_there(folder):
        return  # another process built the same
    if folder.exists():
        old = Path(tempfile.mkdtemp(prefix=f".{folder.name}.damaged.", dir=folder.parent))
        os.replace(folder, old)
        os.replace(part, folder)
        shutil.rmtree(old, ignore_errors=True)
    else:
        os.replace(part, folder)
