"""Finds the data files in the paths that a person gives."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from baihuo.core import NotFound

_DATA = (".csv", ".csv.gz", ".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz", ".parquet", ".json.zip")
_NOT_ROWS = ("ratings.csv", "individual_ratings.csv")  # judgements that come with a catalogue


def data_files(paths: Sequence[Path]) -> list[Path]:
    """The files named, and for a folder the data files in it, by name; products first.

    Products come first because an event may name its product by a code that only the catalogue knows.

    Raises:
        NotFound: a path does not exist, or a folder has no data file.
    """
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = [p for p in sorted(path.iterdir()) if _is_data(p)]
            if not inside:
                raise NotFound(
                    f"{path} has no data file", fix=f"give files ending in {', '.join(_DATA)}"
                )
            files += inside
        elif path.exists():
            files.append(path)
        else:
            raise NotFound(f"there is no {path}", fix="check the path")
    return sorted(files, key=lambda p: "product" not in p.name)


def _is_data(path: Path) -> bool:
    return path.name.endswith(_DATA) and path.name not in _NOT_ROWS
