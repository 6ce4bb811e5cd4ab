"""Recognises the format of a file: by the options, or by its first bytes and columns."""

from __future__ import annotations

import zipfile
from pathlib import Path

from baihuo.connect.csv_rows import read_header
from baihuo.connect.icecat import Icecat, is_icecat
from baihuo.connect.online_retail import COLUMNS, OnlineRetail
from baihuo.connect.rows import Format, OpenedFile, broken
from baihuo.connect.signatures import archive
from baihuo.connect.tabular import Csv, JsonLines, Parquet
from baihuo.connect.text_files import HEAD_BYTES, TextFile
from baihuo.core import BadInput

FORMATS: dict[str, Format] = {
    shape.name: shape for shape in (Csv(), JsonLines(), Parquet(), Icecat(), OnlineRetail())
}


def recognise_format(file: OpenedFile) -> Format:
    """The format of a file.

    Raises:
        BadInput: the format in the options does not exist.
        BrokenFile: the file has none of the formats.
    """
    if file.options.format is not None:
        try:
            return FORMATS[file.options.format]
        except KeyError:
            raise BadInput(
                f"there is no format {file.options.format!r}",
                fix=f"use one of {', '.join(FORMATS)}, or leave out --format",
            ) from None
    with file.path.open("rb") as opened:
        head = opened.read(4)
    if head == b"PAR1":
        return FORMATS["parquet"]
    if head[:2] == b"PK":
        if is_icecat(file.path):
            return FORMATS["icecat"]
        problem, fix = archive(_names(file.path))
        raise broken(file.path, problem, fix=fix)
    text = TextFile(file.path, file.options.encoding, block_bytes=HEAD_BYTES)
    first = next(text.blocks())
    start = first.data.lstrip()[:1]
    if start == b"[" and is_icecat(file.path):
        return FORMATS["icecat"]
    if start in (b"{", b"["):
        return FORMATS["jsonl"]
    header, _ = read_header(first, text)
    return FORMATS["online_retail" if set(header.names) >= COLUMNS else "csv"]


def _names(path: Path) -> list[str]:
    """Names of the files in a zip archive; empty where it is damaged."""
    try:
        with zipfile.ZipFile(path) as opened:
            return opened.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return []
