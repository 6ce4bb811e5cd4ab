"""Remove rows from a Parquet file, a row group in memory at a time; the file is replaced atomically."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from baihuo.engine.tables import written_whole

RowMask: TypeAlias = Callable[[pa.Table], pa.ChunkedArray]
"""Which rows of a table, as booleans."""


@dataclass(frozen=True, slots=True)
class RowChoice:
    """Rows to remove: those with one of ``values`` in a column, or those below ``before`` in it; with ``also``, only those that it chooses,
    too."""

    column: str
    values: Collection[str] | None = None
    before: int | None = None
    also: RowChoice | None = None

    @property
    def columns(self) -> list[str]:
        """The columns that it looks at."""
        return [self.column, *(self.also.columns if self.also is not None else ())]

    def rows(self, table: pa.Table) -> pa.ChunkedArray:
        """Which rows of a table, as booleans; none of one without the column."""
        if self.column not in table.column_names:
            return pa.chunked_array([pa.repeat(False, table.num_rows)])
        cells = table[self.column]
        if self.values is not None:
            wanted = pa.array(sorted(self.values), pa.string())
            found = pc.is_in(cells.cast(pa.string()), value_set=wanted)
        else:
            found = pc.fill_null(pc.less(cells, self.before), False)
        return found if self.also is None else pc.and_(found, self.also.rows(table))

    def counts(self, file: Path) -> Counter[str]:
        """Count the rows of a file by value; "" for all below ``before``."""
        found: Counter[str] = Counter()
        with pq.ParquetFile(file) as source:
            if self.column not in source.schema_arrow.names:
                return found
            for group in range(source.num_row_groups):
                if self._is_above(source, group):
                    continue
                rows = source.read_row_group(group, columns=self.columns)
                hits = rows.filter(self.rows(rows))[self.column]
                if self.values is None:
                    found[""] += len(hits)
                    continue
                for one in pc.value_counts(hits.cast(pa.string())).to_pylist():
                    found[one["values"]] += one["counts"]
        return +found

    def _is_above(self, source: pq.ParquetFile, group: int) -> bool:
        """Return whether statistics show that no row of a group is below ``before``."""
        if self.before is None:
            return False
        column = source.schema_arrow.get_field_index(self.column)
        found = source.metadata.row_group(group).column(column).statistics
        return found is not None and found.has_min_max and found.min >= self.before


def remove_rows(file: Path, is_removed: RowMask) -> int:
    """Remove rows from ``file``; return how many. A file without such rows is not touched.

    Columns, types and metadata stay, rows keep their order, row groups their borders.
    """
    n_removed = count_rows_where(file, is_removed)
    if not n_removed:
        return 0
    with pq.ParquetFile(file) as source, written_whole(file) as part:
        dictionary = _dictionary_columns(source)
        with pq.ParquetWriter(
            part, source.schema_arrow, compression="zstd", use_dictionary=dictionary
        ) as writer:
            for group in range(source.num_row_groups):
                rows = source.read_row_group(group)
                kept = rows.filter(pc.invert(is_removed(rows)))
                if kept.num_rows:
                    writer.write_table(kept, row_group_size=kept.num_rows)
    return n_removed


def count_rows_where(file: Path, is_counted: RowMask) -> int:
    """Count the rows of a file that ``is_counted`` selects."""
    with pq.ParquetFile(file) as source:
        groups = (source.read_row_group(g) for g in range(source.num_row_groups))
        return sum(int(pc.sum(is_counted(rows)).as_py() or 0) for rows in groups)


def _dictionary_columns(source: pq.ParquetFile) -> list[str]:
    """Return the dictionary-encoded columns of a file."""
    if not source.num_row_groups:
        return []
    group = source.metadata.row_group(0)
    columns = (group.column(c) for c in range(group.num_columns))
    return [c.path_in_schema for c in columns if c.has_dictionary_page]
