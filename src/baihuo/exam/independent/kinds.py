"""The kinds of dirt of the exam: rows of data in ``bench/dirt``, which an installed package holds beside this file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from baihuo.dirt import Kind, read_kinds
from baihuo.exam.independent.shop import words

READ = "read"  # the sender's spelling is read as what it means: no finding is needed
ALL: dict[str, Kind] = {}


def default_folder() -> Path:
    """The folder of the package's kinds, or that of the repository which the package is in."""
    packaged = Path(__file__).parent / "dirt"
    return (
        packaged
        if (packaged / "hands.yaml").is_file()
        else Path(__file__).parents[4] / "bench" / "dirt"
    )


def load_kinds(folder: Path | None = None) -> None:
    """Fill ``ALL`` with the kinds of a folder, in the order of their hands.

    Raises:
        BadInput: The folder holds no kinds, or a row that cannot be read.
    """
    kinds = read_kinds(folder or default_folder(), tables())
    ALL.clear()
    ALL.update(kinds)


def tables() -> dict[str, Any]:
    """What rows of data may look up of the simulator's vocabulary: English words with their Chinese ones."""
    said = words()
    types = [kind | {"materials": dict(kind["materials"])} for kind in said["types"]]
    materials = {en: zh for kind in types for en, zh in kind["materials"].items()}
    colours = dict(said["colours"])
    return {
        "types": types,
        "colours": colours,
        "brands": dict(said["brands"]),
        "words_zh": materials | colours,
    }
