"""Least and greatest texts of a column, from statistics; beside the values themselves."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from baihuo.engine import DuckTables, text_ranges


def test_each_row_group_that_has_values_says_between_which_they_lie(tmp_path: Path) -> None:
    path, other = tmp_path / "a.parquet", tmp_path / "b.parquet"
    pq.write_table(
        pa.table({"id": ["v2", "v10", None, None, "é", "z"], "x": range(6)}), path, row_group_size=2
    )
    pq.write_table(pa.table({"x": [1]}), other)
    assert text_ranges([path, other], "id") == [(b"v10", b"v2"), (b"z", "é".encode())]
    assert text_ranges([other], "id") == []


def test_without_statistics_nothing_is_known(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"id": ["a", "b"]}), path, write_statistics=False)
    assert text_ranges([path], "id") is None


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
