"""The interface of the table engine, and its implementation with DuckDB."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from itertools import chain
from pathlib import Path
from typing import Protocol, Self, TypeAlias

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from baihuo.engine.disk import sync
from baihuo.engine.parquet_rows import PIECE_ROWS, write_rows

Source: TypeAlias = Path | list[Path] | pa.Table
"""A Parquet file or a folder of them, several of one schema, or a table in memory."""


def parquet_files(source: Path | list[Path]) -> list[Path]:
    """The Parquet files of a source; those of a folder sorted by name.

    Raises:
        FileNotFoundError: a folder has none.
    """
    files = []
    for path in source if isinstance(source, list) else [source]:
        inside = sorted(path.glob("*.parquet")) if path.is_dir() else [path]
        if not inside:
            raise FileNotFoundError(f"no Parquet file in {path}")
        files += inside
    return files


class Tables(Protocol):
    """The interface of a table engine; :class:`DuckTables` implements it."""

    def sql(self, query: str, *, out: Path | None = None, **inputs: Source) -> pa.Table:
        """Run one query over ``inputs``, whose names are tables of the query.

        With ``out`` the rows are written to that Parquet file (under a temporary name, then renamed), and
        an empty table of the same schema is returned. Without it the rows are returned.
        """
        ...

    def unsynced(self) -> Tables:
        """Return the engine without fsync, for files not needed after a crash of the machine."""
        ...

    def keep(
        self, query: str, *, out: Path, columns: pa.Schema | None = None, **inputs: Source
    ) -> None:
        """Run :meth:`sql` into a file, for many rows of many columns: the encoding is chosen by column
        (``parquet_rows.py``), which takes a third less CPU and a quarter less space. Slower for few rows.

        Args:
            columns: of the file; those missing in the query are null in every row.
        """
        ...

    def map_arrow(
        self, step: Callable[[pa.RecordBatch], pa.RecordBatch], source: Source, *, out: Path
    ) -> int:
        """Write the results of ``step`` for all record batches to a Parquet file; returns the number of rows."""
        ...


class DuckTables:
    """DuckDB; above ``memory_mb`` it spills to ``spill_dir``. Threads may share an instance;
    forked processes may not (start workers with spawn).
    """

    def __init__(
        self, *, memory_mb: int = 2048, threads: int | None = None, spill_dir: Path | None = None
    ) -> None:
        self.memory_mb, self.threads = memory_mb, threads or os.cpu_count() or 1
        self.spill_dir = spill_dir
        self._is_durable = True
        self._lock = threading.Lock()
        self._connected: duckdb.DuckDBPyConnection | None = None

    def sql(self, query: str, *, out: Path | None = None, **inputs: Source) -> pa.Table:
        with self._connection(inputs) as connection:
            if out is None:
                return _relation(connection, query).to_arrow_table()
            with written_whole(out, is_durable=self._is_durable) as part:
                connection.execute(
                    f"COPY ({query}) TO '{_quoted(part)}' (FORMAT parquet, COMPRESSION zstd)"
                )
            return pq.read_schema(out).empty_table()

    def unsynced(self) -> Self:
        self._database()  # one for both
        other = copy(self)
        other._is_durable = False
        return other

    def keep(
        self, query: str, *, out: Path, columns: pa.Schema | None = None, **inputs: Source
    ) -> None:
        with (
            self._connection(inputs) as connection,
            written_whole(out, is_durable=self._is_durable) as part,
        ):
            # long texts may be more than 2 GB in one batch
            connection.execute("SET SESSION arrow_large_buffer_size = true")
            with _relation(connection, query).to_arrow_reader(PIECE_ROWS) as rows:
                write_rows(rows, rows.schema, part, columns=columns)

    def map_arrow(
        self, step: Callable[[pa.RecordBatch], pa.RecordBatch], source: Source, *, out: Path
    ) -> int:
        mapped = (step(batch) for batch in _batches(source))
        first = next(mapped, None)
        if first is None:
            raise ValueError("map_arrow needs at least one batch to know the schema")
        with written_whole(out, is_durable=self._is_durable) as part:
            return write_rows(chain([first], mapped), first.schema, part)

    @contextmanager
    def _connection(self, inputs: Mapping[str, Source]) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor with ``inputs`` as temporary views, which other threads do not see."""
        cursor = self._database().cursor()
        try:
            cursor.execute("SET enable_progress_bar = false")  # of a session, never of all
            for name, source in inputs.items():
                if isinstance(source, pa.Table):
                    cursor.register(name, source)
                else:
                    cursor.execute(f'CREATE TEMP VIEW "{name}" AS SELECT * FROM {_scan(source)}')
            yield cursor
        finally:
            cursor.close()

    def _database(self) -> duckdb.DuckDBPyConnection:
        """The database of this process, opened at the first call: opening takes longer than a small query."""
        with self._lock:
            if self._connected is None:
                database = duckdb.connect(":memory:")
                database.execute(f"SET memory_limit = '{self.memory_mb}MB'")
                database.execute(f"SET threads = {self.threads}")
                database.execute("SET GLOBAL TimeZone = 'UTC'")
                # files are replaced under the same name, so cached content would be wrong
                database.execute("SET enable_external_file_cache = false")
                if self.spill_dir is not None:
                    self.spill_dir.mkdir(parents=True, exist_ok=True)
                    database.execute(f"SET temp_directory = '{_quoted(self.spill_dir)}'")
                self._connected = database
            return self._connected


def _relation(connection: duckdb.DuckDBPyConnection, query: str) -> duckdb.DuckDBPyRelation:
    try:
        return connection.sql(query)
    except duckdb.Error:
        connection.execute(f"EXPLAIN {query}")  # fails for the same reason, and names the line
        raise


def _scan(source: Path | list[Path]) -> str:
    files = parquet_files(source)
    listed = ", ".join(f"'{_quoted(path)}'" for path in files)
    by_name = ", union_by_name = true" if len(files) > 1 else ""  # opens every file once more
    return f"read_parquet([{listed}]{by_name})"


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _batches(source: Source) -> Iterator[pa.RecordBatch]:
    if isinstance(source, pa.Table):
        if source.num_rows == 0:
            yield pa.RecordBatch.from_pylist([], schema=source.schema)
        yield from source.to_batches(max_chunksize=65_536)
        return
    for path in parquet_files(source):
        file = pq.ParquetFile(path)
        if file.metadata.num_rows == 0:
            yield pa.RecordBatch.from_pylist([], schema=file.schema_arrow)
        yield from file.iter_batches(batch_size=65_536)


@contextmanager
def written_whole(path: Path, *, is_durable: bool = True) -> Iterator[Path]:
    """A temporary path to write to; it is renamed to ``path`` if the block succeeds (fsync, then rename).

    Args:
        is_durable: False for a file not needed after a crash of the machine: no fsync, so a power cut may leave a part of it. A killed
            process never does.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    part = Path(name)
    try:
        yield part
        if is_durable:
            sync(part)
        part.replace(path)
        if is_durable:
            sync(path.parent)
    finally:
        part.unlink(missing_ok=True)
