"""Ranges of a text column from the statistics of Parquet files alone."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pyarrow.parquet as pq


def text_ranges(files: Iterable[Path], column: str) -> list[tuple[bytes, bytes]] | None:
    """Return the least and the greatest value of each row group, in the order of UTF-8 bytes; None if a row group has no statistics (very
    long values).
    """
    ranges = []
    for path in files:
        metadata = pq.read_metadata(path)
        if column not in metadata.schema.names:
            continue
        index = metadata.schema.names.index(column)
        for number in range(metadata.num_row_groups):
            group = metadata.row_group(number)
            statistics = group.column(index).statistics
            if statistics is not None and statistics.null_count == group.num_rows:
                continue
            if statistics is None or not statistics.has_min_max:
                return None
            ranges.append((_utf8(statistics.min), _utf8(statistics.max)))
    return ranges


def _utf8(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value
