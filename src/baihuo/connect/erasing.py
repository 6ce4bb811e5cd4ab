"""Visitors taken out of imported rows, of rows that no import could read, and of values that were withheld."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from baihuo.connect.import_manifest import (
    ImportRecord,
    clear_leftovers,
    imports,
    locked,
    refused_file,
    segment,
    withheld_file,
)
from baihuo.engine import RowChoice, RowMask, count_rows_where, remove_rows


def forget_rows(
    raw: Path,
    gone: RowChoice,
    names_them: Callable[[str], bool],
    note: Callable[[dict[str, Counter[str]]], None],
    *,
    only: int | None = None,
) -> None:
    """Take events out of imported segments, with the values withheld from them, and refused rows that name their visitors.
    The manifest stays as it is: it says what came in.

    Args:
        raw: the shop's ``1-raw`` folder.
        gone: the rows of events that go.
        names_them: whether the text of a refused row names a visitor, or holds what only they typed. Such a row was never
            read, so whose it is cannot be known better. A row with a withheld value goes by this, too.
        note: called before rows go: place → visitor ("" where it is one of several) → rows.
        only: the number of the one import to look at; None: all.

    Raises:
        Conflict: an import is running.
    """

    def is_refused_of_them(table: pa.Table) -> pa.ChunkedArray:
        cells = zip(table["raw"].to_pylist(), table["value"].to_pylist(), strict=True)
        found = [names_them(raw or "") or names_them(value or "") for raw, value in cells]
        return pa.chunked_array([pa.array(found, pa.bool_())])

    with locked(raw):
        clear_leftovers(
            raw, imports(raw)
        )  # of imports that were killed: their rows can be anybody's
        records = [r for r in imports(raw) if r.kind == "events" and only in (None, r.import_id)]
        for record in records:  # before the rows whose ids say which of these are theirs
            refused = refused_file(raw, record.import_id)
            _take_out(refused, is_refused_of_them, note)
            withheld = withheld_file(raw, record.import_id)
            if record.n_withheld:  # imports of earlier versions have no such file
                lines = _lines_of(segment(raw, record.import_id, record.kind), gone)
                _take_out(withheld, partial(_is_of_lines, lines, is_refused_of_them), note)
        for record in records:
            file = segment(raw, record.import_id, record.kind)
            if counts := gone.counts(file):
                note({f"{raw.name}/{record.kind}/{file.name}": counts})
                remove_rows(file, gone.rows)


def forget_refused(
    raw: Path,
    is_old: Callable[[ImportRecord], bool],
    note: Callable[[dict[str, Counter[str]]], None],
) -> None:
    """Take out all refused rows and all withheld values of old imports.

    Raises:
        Conflict: an import is running.
    """
    with locked(raw):
        for record in imports(raw):
            if is_old(record):
                _take_out(refused_file(raw, record.import_id), _every_row, note)
                if record.n_withheld:
                    _take_out(withheld_file(raw, record.import_id), _every_row, note)


def _take_out(
    file: Path, is_gone: RowMask, note: Callable[[dict[str, Counter[str]]], None]
) -> None:
    if n := count_rows_where(file, is_gone):
        note({"/".join(file.parts[-3:]): Counter({"": n})})
        remove_rows(file, is_gone)


def _lines_of(file: Path, gone: RowChoice) -> pa.Array:
    """The lines of a segment's rows that go."""
    with pq.ParquetFile(file) as source:
        groups = [
            source.read_row_group(g, columns=[*gone.columns, "line"])
            for g in range(source.num_row_groups)
        ]
    lines = [rows.filter(gone.rows(rows))["line"].combine_chunks() for rows in groups]
    return pa.concat_arrays(lines) if lines else pa.array([], pa.int64())


def _is_of_lines(lines: pa.Array, names_them: RowMask, table: pa.Table) -> pa.ChunkedArray:
    return pc.or_(pc.is_in(table["line"], value_set=lines), names_them(table))


def _every_row(table: pa.Table) -> pa.ChunkedArray:
    return pa.chunked_array([pa.repeat(True, table.num_rows)])
