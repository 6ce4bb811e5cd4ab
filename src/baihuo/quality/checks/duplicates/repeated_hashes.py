"""Hashes of rows that several rows have: the few rows with one of them are then read in full."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from baihuo.engine import written_whole
from baihuo.quality.findings import FindingsStore


def write_repeated_hashes(
    findings: FindingsStore, hashes: Mapping[str, str], columns: tuple[str, ...]
) -> dict[str, Path]:
    """One file for each hash, with the values that come more than once among the rows left, in a column ``hash``.

    All are computed in one scan. Nearly every hash of a log is there once, and to sort a million numbers takes a
    tenth of the time of grouping them.

    Args:
        hashes: name of the file → SQL of a hash (UBIGINT, never null).
        columns: what the hashes are made of.
    """
    listed = ", ".join(f"{sql} AS {name}" for name, sql in hashes.items())
    rows = findings.rows(*columns)
    found = findings.tables.sql(f"SELECT {listed} FROM {rows}", out=None, **findings.inputs())
    files = {}
    for name in hashes:
        values = np.sort(found[name].to_numpy())
        repeated = np.unique(values[1:][values[1:] == values[:-1]])
        files[name] = findings.work / f"{name}.parquet"
        # a file and no table in memory: the engine then knows that they are few
        with written_whole(files[name]) as part:
            pq.write_table(pa.table({"hash": pa.array(repeated, pa.uint64())}), part)
    return files
