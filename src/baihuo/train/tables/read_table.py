"""Rows of a CSV or Parquet file, a batch at a time: memory stays flat however long the file is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from baihuo.core import BadInput, BrokenFile, close_match
from baihuo.train.tables.columns import Columns
from baihuo.train.tables.encode_lists import LISTS, split_lists

# Of a CSV file: what a processor's cache holds is parsed in two thirds of the time.
_BLOCK_BYTES = 1 << 20
_BLOCKS_AT_ONCE = 32  # their values are made one list in C++, before Python looks each up
_PARQUET_ROWS = 65_536
_PARQUET_BUFFER = 1 << 18  # bytes of a column read at once, however large its part of the file is
_MOSTLY_NUMBERS = 0.9  # of the rows with a value: the rest are mistakes, which are named, and no reason to take it for a category
MISSING = ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "\\N"]
_CODES = pa.dictionary(pa.int32(), pa.string())


def column_names(path: Path) -> list[str]:
    """The columns of a file, in its order.

    Raises:
        BrokenFile: it cannot be read, is empty, or names a column twice.
    """
    names = list(_first_rows(path).schema.names)
    if doubled := sorted({n for n in names if names.count(n) > 1}):
        raise BrokenFile(
            f"{path} has two columns named {', '.join(doubled)}", fix="rename one of them"
        )
    return names


def seen_numbers(path: Path) -> dict[str, bool]:
    """For each column whether the values of the first rows are numbers.

    Digits with a leading zero are a code, and so is what is named an id.
    """
    rows = _first_rows(path)
    return {name: _is_number(name, rows.column(i)) for i, name in enumerate(rows.schema.names)}


def list_columns(path: Path) -> list[str]:
    """Columns whose values are lists, which only Parquet has."""
    schema = _first_rows(path).schema
    return [f.name for f in schema if pa.types.is_list(f.type) or pa.types.is_large_list(f.type)]


def batches(path: Path, columns: Columns) -> Iterator[pa.RecordBatch]:
    """Batches with the columns that a model reads: categories dictionary-encoded, lists of text, all else float64.

    Raises:
        BadInput: a column is not there, or a value is no number; row, column and value are named.
        BrokenFile: the file cannot be read.
    """
    wanted = _wanted(columns)
    names = column_names(path)
    if missing := [n for n in wanted if n not in names]:
        near = close_match(missing[0], [n for n in names if n not in wanted])
        raise BadInput(
            f"{path} has no column {', '.join(missing)}, which training read",
            fix=f"{near or 'was it renamed?'} Its columns are {', '.join(names)}",
        )
    kinds = {c.name: _CODES for c in columns.categories}
    if columns.group:
        kinds[columns.group] = _CODES
    separators = {name: s.separator for s in columns.sequences for name, _ in s.parts}
    kinds |= dict.fromkeys(separators, LISTS)
    kinds = {name: kinds.get(name, pa.float64()) for name in wanted}
    read = _parquet_batches if _is_parquet(path) else _csv_batches
    for batch in read(path, kinds):
        yield _with_lists(batch, separators) if separators else batch


def _with_lists(batch: pa.RecordBatch, separators: dict[str, str | None]) -> pa.RecordBatch:
    arrays = [
        split_lists(array, separators[name])
        if name in separators and not pa.types.is_list(array.type)
        else array
        for name, array in zip(batch.schema.names, batch.columns, strict=True)
    ]
    return pa.record_batch(arrays, names=batch.schema.names)


def _wanted(columns: Columns) -> list[str]:
    special = [n for n in (columns.label, columns.weight, columns.group) if n]
    own = [*(n.name for n in columns.numbers), *(c.name for c in columns.categories)]
    own += [name for s in columns.sequences for name, _ in s.parts]
    return [*dict.fromkeys([*special, *own])]


def _csv_batches(path: Path, kinds: dict[str, pa.DataType]) -> Iterator[pa.RecordBatch]:
    n_rows = 0
    try:
        held: list[pa.RecordBatch] = []
        for batch in _open_csv(path, kinds):
            n_rows += batch.num_rows
            held.append(batch)
            if len(held) == _BLOCKS_AT_ONCE:
                yield _joined(held)
                held = []
        if held:
            yield _joined(held)
    except pa.ArrowInvalid as error:
        raise _bad_row(path, kinds, n_rows, error) from error
    except OSError as error:
        raise _broken(path, error) from error


def _joined(held: list[pa.RecordBatch]) -> pa.RecordBatch:
    table = pa.Table.from_batches(held).unify_dictionaries().combine_chunks()
    found = table.to_batches()
    return found[0] if found else held[0]


def _open_csv(path: Path, kinds: dict[str, pa.DataType]) -> Any:
    return pacsv.open_csv(
        path,
        read_options=pacsv.ReadOptions(block_size=_BLOCK_BYTES, use_threads=False),
        convert_options=pacsv.ConvertOptions(
            column_types={n: pa.string() if k == LISTS else k for n, k in kinds.items()},
            include_columns=list(kinds),
            null_values=MISSING,
            strings_can_be_null=True,
        ),
        parse_options=pacsv.ParseOptions(newlines_in_values=False),
    )


def _parquet_batches(path: Path, kinds: dict[str, pa.DataType]) -> Iterator[pa.RecordBatch]:
    try:
        coded = [name for name, kind in kinds.items() if kind == _CODES]
        # not mapped: pages of a mapped file count as memory of the process until it is closed
        file = pq.ParquetFile(path, read_dictionary=coded, buffer_size=_PARQUET_BUFFER)
        n_rows = 0
        for batch in _in_parts(file, list(kinds)):
            arrays = []
            for name, kind in kinds.items():
                arrays.append(_as_kind(batch.column(name), kind, path, name, n_rows))
            n_rows += batch.num_rows
            yield pa.record_batch(arrays, names=list(kinds))
    except (pa.ArrowInvalid, OSError) as error:
        raise _broken(path, error) from error


def _in_parts(file: pq.ParquetFile, columns: list[str]) -> Iterator[pa.RecordBatch]:
    """Some row groups at a time: one reading of all would keep the buffers of each until its end."""
    held: list[int] = []
    n_rows = 0
    for group in range(file.num_row_groups):
        held.append(group)
        n_rows += file.metadata.row_group(group).num_rows
        if n_rows >= _PARQUET_ROWS or group + 1 == file.num_row_groups:
            yield from file.iter_batches(
                _PARQUET_ROWS, row_groups=held, columns=columns, use_threads=False
            )
            held, n_rows = [], 0


def _as_kind(array: Any, kind: pa.DataType, path: Path, name: str, n_before: int) -> Any:
    if kind == LISTS:
        if pa.types.is_list(array.type) or pa.types.is_large_list(array.type):
            return array.cast(LISTS)
        return array.cast(pa.string())  # split later
    if kind == _CODES:
        if not pa.types.is_dictionary(array.type):
            array = array.cast(pa.string()).dictionary_encode()
        return array
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    try:
        return array.cast(pa.float64())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        for at, value in enumerate(array.to_pylist()):
            if not _parses(value):
                raise _no_number(path, n_before + at + 1, name, value) from None
        return pa.array([None if v is None else float(v) for v in array.to_pylist()], pa.float64())


def _bad_row(
    path: Path, kinds: dict[str, pa.DataType], n_before: int, error: Exception
) -> BadInput:
    """Looks for the row again, as text: errors of the reader count in blocks and name no row."""
    as_text = {name: pa.string() for name in kinds}
    numbers = [name for name, kind in kinds.items() if kind not in (_CODES, LISTS)]
    n_rows = 0
    try:
        for batch in _open_csv(path, as_text):
            if n_rows + batch.num_rows > n_before:
                for at, row in enumerate(batch.select(numbers).to_pylist()):
                    for name, value in row.items():
                        if not _parses(value):
                            return _no_number(path, n_rows + at + 1, name, value)
            n_rows += batch.num_rows
    except (pa.ArrowInvalid, OSError):
        pass
    return _broken(path, error)


def _parses(value: object) -> bool:
    if value is None or str(value).strip() in MISSING:
        return True
    try:
        return bool(np.isfinite(float(str(value))))
    except ValueError:
        return False


def _no_number(path: Path, row: int, name: str, value: object) -> BadInput:
    return BadInput(
        f"{path}, row {row:,}, column {name!r}: {str(value)[:80]!r} is no number",
        fix=f"correct that row; words are declared in --spec: categories: [{name}]; a label is 1 or 0, or another number",
    )


def _first_rows(path: Path) -> pa.RecordBatch:
    """The first rows as text; of Parquet with its own types."""
    if not path.is_file():
        raise BadInput(f"there is no file {path}", fix="name a .csv or .parquet file")
    try:
        if _is_parquet(path):
            file = pq.ParquetFile(path)
            found = next(file.iter_batches(1000), None)
        else:
            with pacsv.open_csv(
                path,
                read_options=pacsv.ReadOptions(block_size=1 << 20, use_threads=False),
                convert_options=pacsv.ConvertOptions(
                    column_types=dict.fromkeys(_header(path), pa.string()),
                    null_values=MISSING,
                    strings_can_be_null=True,
                ),
            ) as reader:
                found = next(iter(reader), None)
    except (pa.ArrowInvalid, OSError) as error:
        raise _broken(path, error) from error
    if found is None or not found.num_rows:
        raise BrokenFile(f"{path} has no rows", fix="give a file with a header and rows")
    return found


def _header(path: Path) -> Sequence[str]:
    """The names of a CSV file, without reading its rows."""
    import csv

    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            return next(csv.reader(file), [])
        except UnicodeDecodeError as error:
            raise BrokenFile(f"{path} is not UTF-8: {error}", fix="save it as UTF-8") from error


def _is_number(name: str, values: Any) -> bool:
    if name.lower() == "id" or name.lower().endswith(("_id", "id_")):
        return False
    kind = values.type
    if pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return True
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return False
    counted = pc.value_counts(values.drop_null())
    seen, counts = counted.field("values").to_pylist(), counted.field("counts").to_numpy()
    looks_coded = any(len(v) > 1 and v[0] == "0" and v[1].isdigit() for v in seen)
    is_fine = np.array([_parses(v) for v in seen], dtype=bool)
    is_mostly = bool(counts[is_fine].sum() >= _MOSTLY_NUMBERS * counts.sum())
    return bool(seen) and not looks_coded and is_mostly


def _is_parquet(path: Path) -> bool:
    return path.suffix.lower() in (".parquet", ".pq")


def _broken(path: Path, error: Exception) -> BrokenFile:
    n_cells = re.search(r"Row #(\d+): Expected (\d+) columns, got (\d+): ?(.*)", str(error))
    if n_cells:
        row, expected, found, line = n_cells.groups()
        return BrokenFile(
            f"{path}, row {int(row) - 1:,}: {found} values where the header has {expected} ({line[:80]!r})",
            fix="correct that row; a comma inside of a value needs quotes around it",
        )
    what = str(error).splitlines()[0]
    return BrokenFile(
        f"{path} cannot be read: {what}", fix="save it again as UTF-8 CSV or as Parquet"
    )
