"""Columns of a file that a query does not have."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from baihuo.engine import DuckTables


def test_columns_that_a_query_lacks_are_null_in_the_file(tmp_path: Path) -> None:
    columns = pa.schema([("a", pa.string()), ("n", pa.int64()), ("b", pa.float64())])
    out = tmp_path / "out.parquet"
    tables = DuckTables()
    tables.keep(
        "SELECT n FROM x ORDER BY n DESC", out=out, columns=columns, x=pa.table({"n": [1, 2]})
    )
    assert pq.read_table(out).to_pydict() == {"a": [None] * 2, "n": [2, 1], "b": [None] * 2}
    tables.keep("SELECT n FROM x WHERE n > 9", out=out, columns=columns, x=pa.table({"n": [1]}))
    assert pq.read_schema(out).names == ["a", "n", "b"]
