"""The raw rows that a range of days is checked over: its own, and those of half a day around it."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from baihuo.core import EVENTS, TIMELY
from baihuo.engine import Source, Tables
from baihuo.quality.engine.day_ranges import BELIEVED_US, DAY_US, SLOT, DayRange
from baihuo.quality.findings import empty_columns, has_column


def count_slots(tables: Tables, raw: Source, rows: str = "raw", **inputs: Source) -> dict[int, int]:
    """How many raw events there are by half day (since 1970-01-01, UTC); ``rows`` is SQL for some of them."""
    counts = tables.sql(
        f"SELECT {SLOT} AS slot, count(*) AS n FROM (SELECT * FROM {rows}) GROUP BY ALL ORDER BY ALL",
        out=None,
        raw=raw,
        **inputs,
    )
    return dict(zip(counts["slot"].to_pylist(), counts["n"].to_pylist(), strict=True))


def select_window(
    tables: Tables, raw: Source, day_range: DayRange, work: Path
) -> tuple[Source, Path | None]:
    """The raw rows that a range sees, and the file that names those of its neighbours (None: none).

    One range of everything is the files as they are: nothing is copied.
    """
    if day_range.is_first and day_range.end_day is None:
        return raw, None
    window, overlap = work / "window.parquet", work / "overlap.parquet"
    # an event happened at most a season before we had it: times of receipt let whole groups be skipped
    conditions = [day_range.sql(overlap=1)]
    if day_range.end_day is not None:
        end_us = (day_range.end_day + 1) * DAY_US + BELIEVED_US
        conditions.insert(0, f"received_at_us < {end_us}")
    if not day_range.is_first:
        conditions.insert(0, f"received_at_us >= {(day_range.first_day - 1) * DAY_US}")
    columns = EVENTS.append(pa.field(TIMELY, pa.bool_())) if has_column(raw, TIMELY) else EVENTS
    held = ", ".join(name for name in columns.names if name not in empty_columns(raw))
    tables.keep(
        f"SELECT {held} FROM raw WHERE {' AND '.join(conditions)}",
        out=window,
        columns=columns,
        raw=raw,
    )
    outside = f"SELECT import_id, line FROM seen WHERE NOT ({day_range.sql()}) ORDER BY ALL"
    tables.sql(outside, out=overlap, seen=window)
    return window, overlap
