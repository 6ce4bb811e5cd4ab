"""Which encoding one of several files is read in."""

from __future__ import annotations

import codecs
import gzip
from dataclasses import replace
from pathlib import Path
from typing import IO

from baihuo.connect.encodings import is_utf8
from baihuo.connect.rows import Options, broken


def options_of(path: Path, options: Options, n_files: int) -> Options:
    """The options of one file: an encoding is for those of several files that are not UTF-8.

    Raises:
        BrokenFile: the only file is UTF-8 and not in the encoding that was given; most bytes are text in either.
    """
    if options.encoding is None or not path.is_file() or not _is_other_than_utf8(options.encoding):
        return options
    with path.open("rb") as file:
        is_gzip = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        text: IO[bytes] = gzip.GzipFile(fileobj=file) if is_gzip else file  # type: ignore[assignment]
        if not is_utf8(text):
            return options
    if n_files == 1:
        raise broken(
            path,
            f"it is UTF-8, which reads as nonsense in {options.encoding}",
            fix="leave out --encoding",
        )
    return replace(options, encoding=None)


def _is_other_than_utf8(encoding: str) -> bool:
    try:
        return codecs.lookup(encoding).name not in {"utf-8", "utf-8-sig", "ascii"}
    except LookupError:
        return False  # the reader says so
