"""The largest value of a column of a Parquet file, from its statistics where possible."""

from __future__ import annotations

from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq


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
