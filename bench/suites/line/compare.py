"""Whether two systems of ``line.py`` did the same work: findings, clean rows, features."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pyarrow.parquet as pq

from baihuo.core import EVENTS_FOLDER, ShopPaths

COLUMNS = (
    "line event_id event_type visitor_id session_id query_id query_text product_id order_id surface "
    "position price_minor currency quantity dwell_ms rating platform device country "
    "occurred_at_us received_at_us"
).split()


def differences(folder: Path, one: str, other: str) -> Iterator[str]:
    """Lines to read; of equal work three, one for findings, rows and features each."""
    db = duckdb.connect()
    found = [_findings(folder, s) for s in (one, other)]
    n = [db.sql(f"SELECT count(*) FROM ({f})").fetchall()[0][0] for f in found]
    yield f"findings: {n[0]:,} of {one}, {n[1]:,} of {other}"
    for name, a, b in ((one, *found), (other, *reversed(found))):
        alone = f"SELECT rule, action, count(*), min(line) FROM ({a} EXCEPT ALL {b}) GROUP BY ALL ORDER BY ALL"
        for rule, action, n_rows, line in db.sql(alone).fetchall():
            yield f"  only {name}: {n_rows:,} {rule} ({action}), as in line {line}"
    rows = [f"FROM '{_clean_rows(folder, s)}'" for s in (one, other)]
    n = [db.sql(f"SELECT count(*) {r}").fetchall()[0][0] for r in rows]
    yield f"clean rows: {n[0]:,} of {one}, {n[1]:,} of {other}"
    for c in COLUMNS:
        pair = f"({rows[0]}) AS a JOIN ({rows[1]}) AS b USING (line)"
        off = db.sql(f"SELECT count(*) FROM {pair} WHERE a.{c} IS DISTINCT FROM b.{c}").fetchall()
        if off[0][0]:
            yield f"  {c}: {off[0][0]:,} differ"
    yield from _features(folder, one, other)


def _findings(folder: Path, system: str) -> str:
    """The query of its findings, in the same four columns for every system."""
    if system.startswith("baihuo"):
        file = ShopPaths(folder / system).clean / "findings.parquet"
        line = "CAST(split_part(row_id, ':', 2) AS BIGINT)"
        return f"""SELECT "table", {line} AS line, "check" AS rule, action FROM '{file}'"""
    file = folder / system / "findings.parquet"
    return f"""SELECT "table", line, rule, action FROM '{file}'"""


def _clean_rows(folder: Path, system: str) -> Path:
    if system.startswith("baihuo"):
        return ShopPaths(folder / system).clean / EVENTS_FOLDER / "*.parquet"
    return folder / system / "clean.parquet"


def _features(folder: Path, one: str, other: str) -> Iterator[str]:
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
