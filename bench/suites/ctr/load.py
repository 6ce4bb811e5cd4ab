"""A CTR file as a table of text in DuckDB, every value as it stands: what splits a row is seen from the first one."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from baihuo.core import BadInput, BrokenFile
from suites.ctr.spec import CRITEO_COLUMNS

_MISSING = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "\\N")
_BETWEEN = ("\t", ",", ";", "|")
_FIX = "Criteo-shaped: 40 values a row, no header; any other: CSV, TSV (also .gz) or Parquet with a header and --spec"


def load(database: Any, path: Path, *, is_criteo: bool) -> list[str]:
    """The table ``raw``: all columns as text (missing: NULL), and its number (:data:`ROW`) from 1; the names of the columns.

    Args:
        is_criteo: There is no specification: a file without a header has Criteo's columns.

    Raises:
        BadInput: there is no such file, it is empty, or its first row has another number of values than Criteo's.
        BrokenFile: it cannot be read.
    """
    if not path.is_file():
        raise BadInput(f"there is no file {path}", fix="name a .csv, .tsv, .txt or .parquet file")
    file = str(path).replace("'", "''")
    try:
        if path.suffix.lower() in (".parquet", ".pq"):
            source = f"read_parquet('{file}')"
        else:
            source = _source(file, path, is_criteo=is_criteo)
        names = [row[0] for row in database.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()]
        missing = ", ".join(f"'{m}'" for m in _MISSING)
        columns = ", ".join(
            f"CASE WHEN trim({quoted(n)}::VARCHAR) IN ({missing}) THEN NULL ELSE trim({quoted(n)}::VARCHAR) END AS {quoted(n.strip())}"
            for n in names
        )
        database.execute(
            f"CREATE TABLE raw AS SELECT {columns}, row_number() OVER () AS {ROW} FROM {source}"
        )
    except duckdb.Error as error:
        raise BrokenFile(f"{path} cannot be read: {_in_short(error)}", fix=_fix(error)) from error
    except (OSError, UnicodeDecodeError, EOFError) as error:
        fix = "save it as UTF-8" if isinstance(error, UnicodeDecodeError) else _FIX
        raise BrokenFile(f"{path} cannot be read: {error}", fix=fix) from error
    return [name.strip() for name in names]


ROW = '"row_ "'
"""The row's number, quoted: with a space, as no column of a file, whose names are trimmed."""


def quoted(name: str) -> str:
    """A column in SQL."""
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def _source(file: str, path: Path, *, is_criteo: bool) -> str:
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8-sig", newline="") as text:
        first = text.readline().rstrip("\r\n")
    if not first:
        raise BadInput(f"{path} is empty, or begins with an empty line", fix=_FIX)
    between, values = _split(first)
    delim = f"delim = '{between}'"
    if is_criteo and values[0] in ("0", "1"):
        if len(values) != len(CRITEO_COLUMNS):
            raise BadInput(
                f"{path}, row 1: {len(values)} values, a Criteo-shaped file has {len(CRITEO_COLUMNS)}",
                fix="give a file with a header, and --spec",
            )
        return _read_csv(file, CRITEO_COLUMNS, f"{delim}, header = false, quote = ''")
    shape = f"{delim}, header = true, quote = '\"', escape = '\"'"
    return _read_csv(file, _apart(values), shape)


def _read_csv(file: str, names: Sequence[str], shape: str) -> str:
    escaped = (name.replace("'", "''") for name in names)
    types = ", ".join(f"'{name}': 'VARCHAR'" for name in escaped)
    return f"read_csv('{file}', auto_detect = false, columns = {{{types}}}, {shape})"


def _apart(names: Sequence[str]) -> list[str]:
    """Names without white space around them; a second one of the same letters gets a number, and none gets one too."""
    found: list[str] = []
    for number, name in enumerate((n.strip() for n in names), start=1):
        known = {n.lower() for n in found}
        free = name or f"column {number}"
        while free.lower() in known:
            free = f"{free}_{number}"
        found.append(free)
    return found


def _split(line: str) -> tuple[str, list[str]]:
    """What stands between the values of a row, and the values: whichever makes most of them, outside of quotes."""
    found = {between: next(csv.reader([line], delimiter=between)) for between in _BETWEEN}
    best = max(found, key=lambda between: len(found[between]))
    return best, found[best]


def _in_short(error: duckdb.Error) -> str:
    """What went wrong and where, without DuckDB's advice."""
    lines = [line.strip() for line in str(error).splitlines()]
    ends = [n for n, line in enumerate(lines) if line.startswith("Possible")]
    kept = [line for line in lines[: ends[0] if ends else 3] if line]
    return "; ".join(kept)[:400]


def _fix(error: duckdb.Error) -> str:
    text = str(error).lower()
    if "unicode" in text or "utf-8" in text:
        return "save it as UTF-8"
    return "correct that row" if "line:" in text and "column" in text else _FIX
