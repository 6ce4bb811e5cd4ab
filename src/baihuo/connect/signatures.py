"""Recognises files that are no tables by their first bytes, and says how to get a table from them."""

from __future__ import annotations

import re

from baihuo.connect.encodings import bom_of

_AS_CSV = "open it, save it as CSV (UTF-8), and import that"
_STARTS: tuple[tuple[bytes, str, str], ...] = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook or another Office file", _AS_CSV),
    (b"BZh", "compressed with bzip2", "bunzip2 it, and import the result"),
    (b"\xfd7zXZ\0", "compressed with xz", "unxz it, and import the result"),
    (b"\x28\xb5\x2f\xfd", "compressed with Zstandard", "zstd -d it, and import the result"),
    (b"\x04\x22\x4d\x18", "compressed with LZ4", "lz4 -d it, and import the result"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "unpack it, and import its files"),
    (b"Rar!\x1a\x07", "a RAR archive", "unpack it, and import its files"),
    (b"%PDF-", "a PDF", "ask for the table itself, as CSV"),
    (b"\x89PNG\r\n", "a picture", "name the table's own file"),
    (b"\xff\xd8\xff", "a picture", "name the table's own file"),
    (b"GIF8", "a picture", "name the table's own file"),
    (
        b"SQLite format 3\0",
        "an SQLite database",
        "sqlite3 -header -csv FILE 'SELECT * FROM …' > rows.csv, and import rows.csv",
    ),
    (b"ARROW1", "an Arrow file", "write it as Parquet, and import that"),
    (b"Obj\x01", "an Avro file", "write it as Parquet or JSON lines, and import that"),
    (b"ORC", "an ORC file", "write it as Parquet, and import that"),
    (b"\x7fELF", "a program", "name the table's own file"),
    (b"MZ\x90\0", "a program", "name the table's own file"),
)
_PAGE = re.compile(rb"\s*(?:<!doctype\s+html|<html)", re.IGNORECASE)
_XML = re.compile(rb"\s*<\?xml")
_SAMPLE_BYTES = 1 << 16
_CONTROLS = bytes({*range(1, 32)} - {*b"\t\n\v\f\r\x1a\x1b"})  # that do not occur in text
_MAX_CONTROLS = 0.05  # share of the bytes; random bytes have 0.09
_MIN_BYTES = 1_000  # fewer bytes are not enough evidence


def not_a_table(start: bytes, *, is_encoded: bool = False) -> tuple[str, str] | None:
    """What a file is that is no table, and what to do; None where it may be a table.

    Args:
        start: The first bytes, decompressed if gzipped.
        is_encoded: Whether an encoding was given: then control characters prove nothing.

    >>> not_a_table(b"%PDF-1.7 ...")
    ('it is a PDF, not a table', 'ask for the table itself, as CSV')
    """
    for magic, kind, fix in _STARTS:
        if start.startswith(magic) and (magic != b"ORC" or b"\0" in start[:200]):
            return f"it is {kind}, not a table", fix
    if start[257:262] == b"ustar":
        return "it is a tar archive, not a table", "unpack it, and import its files"
    if _PAGE.match(start):
        return (
            "it is a web page, perhaps a server's error in place of the file",
            "look at it in a browser, and download the file again",
        )
    if _XML.match(start):
        return "it is XML, not a table", "write it as CSV or JSON lines, and import that"
    sample = start[:_SAMPLE_BYTES]
    if not is_encoded and bom_of(sample) is None and len(sample) >= _MIN_BYTES:
        n_controls = len(sample) - len(sample.translate(None, _CONTROLS))
        if n_controls > _MAX_CONTROLS * len(sample):
            return (
                f"it is not text: {n_controls / len(sample):.0%} of its bytes are control characters",
                "export it as CSV, JSON lines or Parquet; if it is UTF-16, use --encoding utf-16",
            )
    return None


def archive(names: list[str]) -> tuple[str, str]:
    """The same for a zip archive with files of these names."""
    if any(name.startswith("xl/") for name in names):
        return "it is an Excel workbook, not a table", _AS_CSV
    if any(name.startswith(("word/", "ppt/", "content.xml", "META-INF/")) for name in names):
        return "it is an Office file, not a table", _AS_CSV
    return "a zip archive is not a table", "unzip it and import its files"
