"""Hashes of rows that several rows have: the few rows with one of them are then read in full."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from baihuo.engine import written_whole
from baihuo.quality.findings import FindingsStore

_MOST_ROWS = 8_000_000
"""That are sorted in memory at once; more are cut by their hash, so that memory does not grow with the log."""
_SCHEMA = pa.schema([("hash", pa.uint64())])


def write_repeated_hashes(
    findings: FindingsStore, hashes: Mapping[str, str], columns: tuple[str, ...]
) -> dict[str, Path]:
    """One file for each hash, with the values that come more than once among the rows left, in a column ``hash``.

    All are computed in one scan (of many rows they go by a file). Nearly every hash of a log is there once, and to sort a million numbers takes a
    tenth of the time of grouping them.

    Args:
        hashes: name of the file → SQL of a hash (UBIGINT, never null).
        columns: what the hashes are made of.
    """
    listed = ", ".join(f"{sql} AS {name}" for name, sql in hashes.items())
    query = f"SELECT {listed} FROM {findings.rows(*columns)}"
    inputs = findings.inputs()
    n_parts = -(-findings.n_left // _MOST_ROWS)
    on_disk = findings.work / "hashes.parquet"
    if n_parts > 1:
        findings.tables.sql(query, out=on_disk, **inputs)
    files = {name: findings.work / f"{name}.parquet" for name in hashes}
    with ExitStack() as stack:
        writers = {}
        for name, file in files.items():
            # a file and no table in memory: the engine then knows that they are few
            part = stack.enter_context(written_whole(file))
            writers[name] = stack.enter_context(pq.ParquetWriter(part, _SCHEMA))
        if n_parts <= 1:
            found = findings.tables.sql(query, out=None, **inputs)
            for name in hashes:
                writers[name].write_table(_repeated(found[name]))
        else:
            for name in hashes:
                for where in _ranges(name, n_parts):
                    found = findings.tables.sql(
                        f"SELECT {name} FROM hashes {where}", hashes=on_disk
                    )
                    writers[name].write_table(_repeated(found[name]))
    on_disk.unlink(missing_ok=True)
    return files


def _repeated(hashes: pa.ChunkedArray) -> pa.Table:
    """The values that come more than once."""
    values = np.sort(hashes.to_numpy())
    repeated = np.unique(values[1:][values[1:] == values[:-1]])
    return pa.table({"hash": pa.array(repeated, pa.uint64())}, schema=_SCHEMA)


def _ranges(name: str, n_parts: int) -> Iterator[str]:
    """Filters that cut all values of a hash into ``n_parts`` of equal size."""
    for part in range(n_parts):
        first, last = (2**64 * p // n_parts for p in (part, part + 1))
        yield f"WHERE {name} BETWEEN CAST({first} AS UBIGINT) AND CAST({last - 1} AS UBIGINT)"
