"""Whether two systems of ``line.py`` did the same work: findings, clean rows, features."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb

FINDINGS = {
    "baihuo": """SELECT "table", CAST(split_part(row_id, ':', 2) AS BIGINT) AS line, "check" AS rule, action
                 FROM '{out}/2-clean/findings.parquet'""",
    "by_hand": """SELECT "table", line, rule, action FROM '{out}/findings.parquet'""",
}
ROWS = {"baihuo": "2-clean/events/*.parquet", "by_hand": "clean.parquet"}
COLUMNS = (
    "line",
    "event_id",
    "event_type",
    "visitor_id",
    "session_id",
    "query_id",
    "query_text",
    "product_id",
    "order_id",
    "surface",
    "position",
    "price_minor",
    "currency",
    "quantity",
    "dwell_ms",
    "rating",
    "platform",
    "device",
    "country",
    "occurred_at_us",
    "received_at_us",
)


def differences(folder: Path, one: str, other: str) -> Iterator[str]:
    """Lines to read; of equal work three, one for findings, rows and features each."""
    db = duckdb.connect()
    found = [FINDINGS[s].format(out=folder / s) for s in (one, other)]
    n = [db.sql(f"SELECT count(*) FROM ({f})").fetchall()[0][0] for f in found]
    yield f"findings: {n[0]:,} of {one}, {n[1]:,} of {other}"
    for name, a, b in ((one, *found), (other, *reversed(found))):
        alone = f"SELECT rule, action, count(*), min(line) FROM ({a} EXCEPT ALL {b}) GROUP BY ALL ORDER BY ALL"
        for rule, action, n_rows, line in db.sql(alone).fetchall():
            yield f"  only {name}: {n_rows:,} {rule} ({action}), as in line {line}"
    rows = [f"FROM '{folder / s / ROWS[s]}'" for s in (one, other)]
    n = [db.sql(f"SELECT count(*) {r}").fetchall()[0][0] for r in rows]
    yield f"clean rows: {n[0]:,} of {one}, {n[1]:,} of {other}"
    for c in COLUMNS:
        pair = f"({rows[0]}) AS a JOIN ({rows[1]}) AS b USING (line)"
        off = db.sql(f"SELECT count(*) FROM {pair} WHERE a.{c} IS DISTINCT FROM b.{c}").fetchall()
        if off[0][0]:
            yield f"  {c}: {off[0][0]:,} differ"
    yield from _features(folder, one, other)


def _features(folder: Path, one: str, other: str) -> Iterator[str]:
    import numpy as np
    import pyarrow.parquet as pq

    a, b = (
        pq.read_table(folder / s / "features.parquet").sort_by("example_id") for s in (one, other)
    )
    n_common = len(set(a["example_id"].to_pylist()) & set(b["example_id"].to_pylist()))
    yield f"examples: {a.num_rows:,} and {b.num_rows:,}, {n_common:,} common; {a.num_columns} columns"
    if set(a.column_names) != set(b.column_names):
        yield f"  columns differ: {set(a.column_names) ^ set(b.column_names)}"
    if not a.num_rows == b.num_rows == n_common:
        return
    for name in set(a.column_names[1:]) & set(b.column_names):
        n_off = int(
            (~np.isclose(a[name].to_numpy(), b[name].to_numpy(), rtol=1e-3, atol=1e-4)).sum()
        )
        if n_off:
            yield f"  {name}: {n_off:,} of {n_common:,} values differ"
