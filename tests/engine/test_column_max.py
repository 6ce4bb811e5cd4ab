"""The largest value of a Parquet column is exact, whatever statistics the file has."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from baihuo.engine.parquet_rows import column_max


def written(path: Path, values: list[int | None], *, has_statistics: bool = True) -> Path:
    """Two values a row group, the asked column after another."""
    table = pa.table({"other": [0] * len(values), "at_us": pa.array(values, pa.int64())})
    pq.write_table(table, path, row_group_size=2, write_statistics=has_statistics)
    return path


@pytest.mark.parametrize("has_statistics", [True, False])
def test_the_largest_value_with_and_without_statistics(
    tmp_path: Path, has_statistics: bool
) -> None:
    file = written(tmp_path / "f.parquet", [1, 7, 3, None, None], has_statistics=has_statistics)
    assert column_max(file, "at_us") == 7
    assert column_max(file, "at_us", at_most=7) == 7
    assert column_max(file, "at_us", at_most=6) == 3
    assert column_max(file, "at_us", at_most=2) == 1
    assert column_max(file, "at_us", at_most=0) is None


def test_one_clock_ahead_does_not_hide_the_rows_beside_it(tmp_path: Path) -> None:
    assert column_max(written(tmp_path / "f.parquet", [5, 900]), "at_us", at_most=10) == 5


def test_no_row_has_no_largest(tmp_path: Path) -> None:
    assert column_max(written(tmp_path / "f.parquet", []), "at_us") is None
    assert column_max(written(tmp_path / "n.parquet", [None, None]), "at_us") is None
