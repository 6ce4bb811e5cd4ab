"""What a range of days is checked over: its own raw rows, and those of half a day around it."""

from __future__ import annotations

from pathlib import Path

from baihuo.engine import Source, Tables
from baihuo.quality.engine.partitions import BELIEVED_US, DAY_US, SLOT, DayRange


def slots_of(tables: Tables, raw: Source, rows: str = "raw", **inputs: Source) -> dict[int, int]:
    """How many raw events there are by half day (since 1970-01-01, UTC); ``rows`` is SQL for some of them."""
    counts = tables.sql(
        f"SELECT {SLOT} AS slot, count(*) AS n FROM (SELECT * FROM {rows}) GROUP BY ALL ORDER BY ALL",
        out=None,
        raw=raw,
        **inputs,
    )
    return dict(zip(counts["slot"].to_pylist(), counts["n"].to_pylist(), strict=True))


def cut_out(tables: Tables, raw: Source, span: DayRange, work: Path) -> tuple[Source, Path | None]:
    """The raw rows that ``span`` sees, and the file of those that are only its neighbours' (None: none).

    One range of everything is the files as they are: nothing is copied.
    """
    if span.is_first and span.end_day is None:
        return raw, None
    window, around = work / "window.parquet", work / "around.parquet"
    # an event happened at most a season before we had it: times of receipt let whole groups be skipped
    least = "" if span.is_first else f"received_at_us >= {(span.first_day - 1) * DAY_US} AND "
    most = (
        ""
        if span.end_day is None
        else f"received_at_us < {(span.end_day + 1) * DAY_US + BELIEVED_US} AND "
    )
    where = f"{least}{most}{span.sql(around=1)}"
    tables.keep(f"SELECT * FROM raw WHERE {where}", out=window, raw=raw)
    beside = f"SELECT import_id, line FROM seen WHERE NOT ({span.sql()}) ORDER BY ALL"
    tables.sql(beside, out=around, seen=window)
    return window, around
