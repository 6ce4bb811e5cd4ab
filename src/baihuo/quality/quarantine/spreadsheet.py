"""Quarantine as a spreadsheet: people fix rows there, and send the file back.

Every cell is text. A cell that a spreadsheet would run is written behind an apostrophe, and read
without it (:mod:`baihuo.core.spreadsheet`). Columns other than the row's fields (``_row``,
``_check``, …) are for the reader; only fields that were changed are sent in.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from baihuo.core import BadInput, BrokenFile, NotFound, cell_text, safe_cell
from baihuo.engine import full_disk_named, written_whole
from baihuo.quality.findings import SCHEMAS
from baihuo.quality.quarantine.quarantined import (
    IMPORT,
    QuarantinedRow,
    RowStore,
    list_rows,
    values_of,
)
from baihuo.quality.spec import On

ABOUT = ("_row", "_table", "_check", "_why", "_as_it_stood")
_ENDINGS = (".csv", ".jsonl", ".parquet")
_MOST_ROWS = 100_000
_MOST_CHARS = 32_767  # a spreadsheet's cell holds no more, and cuts the rest without a word


@dataclass(frozen=True, slots=True)
class Edit:
    """The values that a file changes in a row."""

    row: QuarantinedRow
    line: int  # of the file, from 1
    values: dict[str, str | None]  # field → new text; None blanks it

    def __str__(self) -> str:
        changes = (f"{n}: {self.old(n)!r} → {v!r}" for n, v in self.values.items())
        return f"{self.row.row_id} of {self.row.table}: {'; '.join(changes)}"

    def old(self, name: str) -> str:
        """What the field held, as the export wrote it."""
        return cells_of(self.row).get(name, "")


def export(
    store: RowStore, file: Path, *, table: On | None = None, check: str | None = None
) -> int:
    """Write what is in quarantine to a CSV, JSON lines or Parquet file; answers how many rows.

    Raises:
        BadInput: another ending, or more rows than a person could fix.
        ShopError: the disk is full.
    """
    ending = _ending(file)
    rows = list_rows(store, table=table, check=check, limit=_MOST_ROWS + 1)
    if len(rows) > _MOST_ROWS:
        raise BadInput(
            f"more than {_MOST_ROWS:,} rows are in quarantine",
            fix="fix the source instead, or say --table and --check",
        )
    cells = [{**_about(row), **cells_of(row)} for row in rows]
    names = list(dict.fromkeys([*ABOUT, *fields_of(rows), *(n for c in cells for n in c)]))
    with full_disk_named(file.parent), written_whole(file) as part:
        if ending == ".csv":
            with part.open("w", encoding="utf-8-sig", newline="") as out:  # Excel needs the mark
                writer = csv.writer(out)
                writer.writerow([safe_cell(n) for n in names])
                writer.writerows([[safe_cell(c.get(n, "")) for n in names] for c in cells])
        elif ending == ".jsonl":
            lines = (json.dumps(c, ensure_ascii=False) + "\n" for c in cells)
            part.write_text("".join(lines), encoding="utf-8")
        else:
            columns = [pa.array([c.get(n) for c in cells], pa.string()) for n in names]
            pq.write_table(pa.table(columns, names=names), part)
    return len(rows)


def read_edits(store: RowStore, file: Path) -> list[Edit]:
    """What was changed in a file since :func:`export` wrote it, row by row. Rows that were left as
    they were, that left quarantine since, or that were sent in already are passed over.

    Raises:
        BrokenFile: it cannot be read, or is not such a file; names the line.
    """
    edits = []
    known = {(row.table, row.row_id): row for row in list_rows(store, limit=_MOST_ROWS)}
    for line, cells in _read(file):
        row_id, table = cells.get("_row") or "", cells.get("_table")
        if table not in ("events", "products") or row_id.count(":") != 1:
            raise BrokenFile(
                f"{file.name}: line {line} does not say which row it fixes",
                fix="keep the columns _row and _table as `baihuo quarantine export` wrote them",
            )
        row = known.get((table, row_id))
        if row is None or row.waiting is not None:
            continue
        before = cells_of(row)
        fields = {n: v or "" for n, v in cells.items() if n and not n.startswith("_")}
        values = {n: v or None for n, v in fields.items() if not _is_same(before.get(n, ""), v)}
        if values:
            edits.append(Edit(row, line, values))
    return edits


def _is_same(before: str, now: str) -> bool:
    """Whether a cell was left alone, whatever line ends and length the spreadsheet saves."""
    one, other = before.replace("\r\n", "\n"), now.replace("\r\n", "\n")
    return one == other or (len(one) > _MOST_CHARS and one[:_MOST_CHARS] == other)


def _about(row: QuarantinedRow) -> dict[str, str]:
    detail = {k: v for k, v in row.detail.items() if v is not None}
    why = row.fix or (json.dumps(detail, ensure_ascii=False, default=str) if detail else "")
    about = (row.row_id, row.table, row.check, why, row.raw or "")
    return dict(zip(ABOUT, about, strict=True))


def cells_of(row: QuarantinedRow) -> dict[str, str]:
    """The values of a row as text, as they stand in a spreadsheet or a form."""
    return {n: _text(v) for n, v in values_of(row).items() if v is not None and n and n[0] != "_"}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def fields_of(rows: list[QuarantinedRow]) -> Iterator[str]:
    """Every field of the tables that are there, so that one that was missing can be filled in."""
    for table in dict.fromkeys(row.table for row in rows):
        schema = SCHEMAS["events" if table == "events" else "products"]
        yield from (n for n in schema.names if n not in ("import_id", "line"))
    if any(row.table == "products" and row.step == IMPORT for row in rows):
        yield from ("title", "description", "price")


def _ending(file: Path) -> str:
    if file.suffix.lower() not in _ENDINGS:
        raise BadInput(f"{file.name} ends in none of {', '.join(_ENDINGS)}", fix="name it so")
    return file.suffix.lower()


def _read(file: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Lines and their cells."""
    ending = _ending(file)
    if not file.is_file():
        raise NotFound(f"there is no {file}", fix="check the path")
    try:
        if ending == ".csv":
            yield from _read_csv(file)
        elif ending == ".jsonl":
            for line, text in enumerate(file.read_text(encoding="utf-8-sig").splitlines(), start=1):
                if text.strip():
                    cells = json.loads(text)
                    yield line, {n: "" if v is None else _text(v) for n, v in cells.items()}
        else:
            for line, cells in enumerate(pq.read_table(file).to_pylist(), start=1):
                yield line, {n: "" if v is None else _text(v) for n, v in cells.items()}
    except (ValueError, AttributeError, csv.Error, pa.ArrowInvalid, OSError) as why:
        raise BrokenFile(f"{file.name} cannot be read ({why})", fix="export it again") from why


def _read_csv(file: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as why:
        raise BrokenFile(
            f"{file.name} is not UTF-8", fix="save it as CSV UTF-8 (in Excel: a choice of its own)"
        ) from why
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)  # a spreadsheet saves as its country writes
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    names = [cell_text(n) for n in next(reader, [])]
    first = 2
    for cells in reader:
        line, first = first, reader.line_num + 1
        if not any(cells):
            continue
        if len(cells) > len(names):
            raise BrokenFile(
                f"{file.name}: line {line} has {len(cells)} cells, the header {len(names)}",
                fix="quote the cell that holds a comma",
            )
        padded = [*map(cell_text, cells), *[""] * (len(names) - len(cells))]
        yield line, dict(zip(names, padded, strict=True))
