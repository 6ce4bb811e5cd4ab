"""Writes rows to a Parquet file, with an encoding for each column chosen by its first rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

# The largest value of a column of a Parquet file, from its statistics where possible.


def column_max(file: Path, column: str, *, at_most: int | None = None) -> int | None:
    """The largest whole number in ``column``; None where there is none.

    A row group is read only where it has no statistics, or a value above ``at_most``.

    Args:
        at_most: Larger values are ignored, such as times of a wrong clock.
    """
    largest: list[int] = []
    with pq.ParquetFile(file) as file_handle:
        index = file_handle.metadata.schema.names.index(column)
        for group in range(file_handle.metadata.num_row_groups):
            statistics = file_handle.metadata.row_group(group).column(index).statistics
            has_max = statistics is not None and statistics.has_min_max
            if has_max and (at_most is None or statistics.max <= at_most):
                largest.append(int(statistics.max))
                continue
            if has_max and statistics.min > at_most:
                continue
            values = file_handle.read_row_group(group, columns=[column]).column(0)
            if at_most is not None:
                values = values.filter(pc.less_equal(values, at_most))
            value = pc.max(values).as_py()
            if value is not None:
                largest.append(value)
    return max(largest, default=None)


PIECE_ROWS = 24_576
"""Rows fetched from the engine at once, so that long texts are not all in memory."""
_GROUP_PIECES = 5  # 122,880 rows: the unit of work of a DuckDB thread
_GROUP_BYTES = 1 << 28
_SAMPLE_ROWS = 4_096  # smaller tables are written without special encodings
_MAX_DISTINCT_SHARE = 0.5
_HUGE = pa.decimal128(38, 0)


def write_rows(
    batches: Iterable[pa.RecordBatch],
    schema: pa.Schema,
    path: Path,
    columns: pa.Schema | None = None,
) -> int:
    """Write batches of one schema; returns the rows written.

    With ``columns`` the file has these, in their order; those that ``schema`` lacks are null in every row, which
    takes a third of the time of null columns in the batches.

    Columns with repeated values get a dictionary; other integer columns are written as differences. The
    same rows in the same order give the same bytes, whatever the batches. HUGEINT columns (sums of integers
    in DuckDB) become doubles and columns of NULL integers, as DuckDB's own writer does.
    """
    stored = pa.schema([_as_stored(field) for field in schema])
    wanted = columns or stored
    n_rows, writer = 0, None
    try:
        for group in _groups(batches, stored):
            filled = _with_columns(group, wanted)
            writer = writer or _writer(path, filled.schema, filled)
            writer.write_table(filled, row_group_size=filled.num_rows)
            n_rows += filled.num_rows
        empty = _with_columns(stored.empty_table(), wanted)
        writer = writer or _writer(path, empty.schema, empty)
    finally:
        if writer is not None:
            writer.close()
    return n_rows


def _with_columns(group: pa.Table, columns: pa.Schema) -> pa.Table:
    if group.column_names == columns.names:
        return group
    there = set(group.column_names)
    return pa.table(
        {
            field.name: group[field.name]
            if field.name in there
            else pa.nulls(group.num_rows, field.type)
            for field in columns
        }
    )


def _groups(batches: Iterable[pa.RecordBatch], stored: pa.Schema) -> Iterator[pa.Table]:
    """The rows as row groups, each one chunk, because a chunk may end a Parquet page."""
    waiting: list[pa.Table] = []
    n_bytes = 0
    for piece in _pieces(batches, stored):
        waiting.append(piece)
        n_bytes += piece.nbytes
        if len(waiting) == _GROUP_PIECES or n_bytes >= _GROUP_BYTES:
            yield pa.concat_tables(waiting).combine_chunks()
            waiting, n_bytes = [], 0
    if waiting:
        yield pa.concat_tables(waiting).combine_chunks()


def _pieces(batches: Iterable[pa.RecordBatch], stored: pa.Schema) -> Iterator[pa.Table]:
    """The rows in pieces of :data:`PIECE_ROWS`, the last one may be shorter."""
    waiting = stored.empty_table()
    for batch in batches:
        rows = batch if batch.schema.equals(stored) else batch.cast(stored)
        waiting = pa.concat_tables([waiting, pa.Table.from_batches([rows])])
        while waiting.num_rows >= PIECE_ROWS:
            yield waiting.slice(0, PIECE_ROWS)
            waiting = waiting.slice(PIECE_ROWS)
    if waiting.num_rows:
        yield waiting


def _writer(path: Path, schema: pa.Schema, first: pa.Table) -> pq.ParquetWriter:
    repeated, delta_encoded = list[str](), dict[str, str]()
    for field in schema if first.num_rows >= _SAMPLE_ROWS else ():
        if _repeats(first[field.name]):
            repeated.append(field.name)
        elif pa.types.is_integer(field.type):
            delta_encoded[field.name] = "DELTA_BINARY_PACKED"
    return pq.ParquetWriter(
        path,
        schema,
        compression="zstd",
        use_dictionary=repeated,
        column_encoding=delta_encoded or None,
        store_schema=False,  # 64-bit offsets are only for batches in memory
    )


def _repeats(column: pa.ChunkedArray) -> bool:
    if pa.types.is_nested(column.type) or pa.types.is_boolean(column.type):
        return False
    sample = column.slice(0, _SAMPLE_ROWS).drop_null()
    return pc.count_distinct(sample).as_py() <= _MAX_DISTINCT_SHARE * len(sample)


def _as_stored(field: pa.Field) -> pa.Field:
    if pa.types.is_null(field.type):
        return field.with_type(pa.int32())
    return field.with_type(pa.float64()) if field.type == _HUGE else field
