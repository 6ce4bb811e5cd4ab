"""The largest value of a column of a Parquet file, without reading the file where its statistics say it."""

from __future__ import annotations

from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq


def column_max(file: Path, column: str, *, at_most: int | None = None) -> int | None:
    """The largest whole number in ``column``; None where there is none.

    A row group is read only where it has no statistics, or a value above ``at_most``.

    Args:
        at_most: Larger values do not count, such as times of a clock that is ahead.
    """
    largest: list[int] = []
    with pq.ParquetFile(file) as opened:
        index = opened.metadata.schema.names.index(column)
        for group in range(opened.metadata.num_row_groups):
            statistics = opened.metadata.row_group(group).column(index).statistics
            has_max = statistics is not None and statistics.has_min_max
            if has_max and (at_most is None or statistics.max <= at_most):
                largest.append(int(statistics.max))
                continue
            if has_max and statistics.min > at_most:
                continue
            values = opened.read_row_group(group, columns=[column]).column(0)
            if at_most is not None:
                values = values.filter(pc.less_equal(values, at_most))
            value = pc.max(values).as_py()
            if value is not None:
                largest.append(value)
    return max(largest, default=None)
