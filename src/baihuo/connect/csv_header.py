"""The header of a CSV file, and how one line is split into cells."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from baihuo.connect.encodings import legacy_encoding
from baihuo.connect.rows import broken, require_columns
from baihuo.connect.text_files import Lines, TextFile, old_mac_lines

_DELIMITERS = ",;\t|"

csv.field_size_limit(1 << 30)  # our own limit is lower and gives a reason


@dataclass(frozen=True, slots=True)
class Header:
    """The first line that is not blank."""

    names: tuple[str, ...]
    delimiter: str


def read_header(lines: Lines, file: TextFile) -> tuple[Header, int]:
    """The header of a file's first block, and how many lines it takes, including blank lines before it.

    Raises:
        BrokenFile: there is none, it has too many names, or a name occurs twice.
    """
    for i in range(len(lines)):
        raw = lines.raw(i)
        if not raw.strip():
            continue
        try:
            text = raw.decode()
        except UnicodeDecodeError as error:
            found = legacy_encoding(raw)
            raise broken(
                file.path,
                f"the first line is not UTF-8; it looks like {found}",
                fix=f"import it with --encoding {found}",
            ) from error
        if "\0" in text:
            raise broken(
                file.path,
                f"the header (line {lines.first_line + i}) holds zero bytes",
                fix="export the file again; if it is UTF-16, use --encoding utf-16",
            )
        if "\r" in text and not any(lines.raw(k).strip() for k in range(i + 1, len(lines))):
            raise old_mac_lines(file.path)
        delimiter = max(_DELIMITERS, key=text.count)
        names = [n.strip() for n in split_cells(text, delimiter) or []]
        if not names:
            raise broken(
                file.path,
                f"the quotes of the header (line {lines.first_line + i}) do not close",
                fix="close the quotes, or remove them",
            )
        names = [n or f"column {number}" for number, n in enumerate(names, start=1)]
        require_columns(file.path, names)
        return Header(tuple(names), delimiter), i + 1
    raise broken(
        file.path, "it has no header", fix="put the names of the columns in the first line"
    )


def cells_by_name(text: str, names: Sequence[str]) -> dict[str, str]:
    """The cells of a line that has one for each of ``names``, whatever separates them; none where no separator fits."""
    for delimiter in _DELIMITERS:
        cells = split_cells(text, delimiter)
        if cells is not None and len(cells) == len(names):
            return dict(zip(names, cells, strict=True))
    return {}


def split_cells(text: str, delimiter: str) -> list[str] | None:
    """The cells of one row; None where a quote is not closed or the text holds more than one row.

    Text after a closing quote joins the cell, as most spreadsheets read it.
    """
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as why:
        if "unexpected end" in str(why):
            return None
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
        if "\n" in text:
            return None
    return rows[0] if len(rows) == 1 else None
