"""Hours in which next to nothing came."""

from __future__ import annotations

import duckdb
import numpy as np

from suites.line.by_hand.words import HOUR


def find_gaps(db: duckdb.DuckDBPyConnection) -> None:
    """The last row before hours in which next to nothing came: of all, or of one type on one platform."""
    hourly = db.execute(f"""
        SELECT occurred_at_us // {HOUR} AS hour, platform, event_type, count(*) AS n FROM e GROUP BY ALL""").fetchnumpy()
    first, n = hourly["hour"].min(), hourly["n"]
    hour = hourly["hour"] - first
    total = np.bincount(hour, n)
    name = hourly["platform"].astype(str) + "/" + hourly["event_type"].astype(str)
    for slice_ in (None, *np.unique(name)):
        in_slice = name == slice_ if slice_ else np.ones(len(name), bool)
        counts, since = np.bincount(hour[in_slice], n[in_slice], len(total)), hour[in_slice].min()
        usual = (
            total * counts.sum() / total[since:].sum()
            if slice_
            else np.full(len(total), np.median(total))
        )
        is_low = (counts <= 0.1 * usual) & (usual > 0) & (np.arange(len(total)) > since)
        edges = np.flatnonzero(np.diff(np.concatenate([[0], is_low, [0]])))
        for start, end in edges.reshape(-1, 2):
            if usual[start:end].sum() < (30 if slice_ else 3 * np.median(total)) or end == len(
                total
            ):
                continue
            where = f"occurred_at_us // {HOUR} BETWEEN {first + start - 1} AND {first + end}"
            if slice_:
                where += " AND platform = '{}' AND event_type = '{}'".format(*slice_.split("/"))
            db.execute(f"""
                INSERT INTO found SELECT 'events', 99, arg_max(line, gap), '{"hole_in_slice" if slice_ else "hole_in_log"}', 'note', NULL
                FROM (SELECT line, lead(occurred_at_us) OVER (ORDER BY occurred_at_us, line) - occurred_at_us AS gap FROM e WHERE {where})""")
