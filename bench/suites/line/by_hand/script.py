"""The line as one would write it by hand: a DuckDB script without any library of ours.

It does what ``bench/line.py`` measures: CSV to checked Parquet, the checks with a list of findings
(``checks.py``: frozen, see there), the point-in-time features of sampled impressions (``features.py``:
the 44 default features of 2026-11-25 and 17 derived from them). It knows the columns of this one file and nothing else:
no resuming, no other formats, no report. That is what it may be faster by.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

MASKED = (
    (r"[\w.+-]+@[\w-]+\.[\w.]+", "<mail>"),
    (r"\b1[3-9]\d{9}\b", "<phone>"),
    (r"\b\d{17}[\dXx]\b", "<id>"),
    (r"\b\d{16,19}\b", "<card>"),
)
TYPES = (
    "'impression', 'click', 'dwell', 'add_to_cart', 'remove_from_cart', 'purchase', 'cancel', 'review', 'search', "
    "'ad_impression', 'ad_click'"
)
TEXT = "event_id event_type visitor_id session_id query_id product_id order_id surface platform device country"
WHOLE = "position price_minor quantity dwell_ms"
TIMES = "occurred_at received_at"


def connect(out: Path, *, memory_mb: int, threads: int) -> duckdb.DuckDBPyConnection:
    """One database for the whole script, spilling to ``out``."""
    db = duckdb.connect()
    db.execute(f"SET memory_limit='{memory_mb}MB'; SET threads={threads}; SET TimeZone='UTC'")
    db.execute(f"SET temp_directory='{out}/spill'; SET enable_progress_bar=false")
    return db


def save(db: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    db.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")


def import_files(db: duckdb.DuckDBPyConnection, csv: Path, products_csv: Path, out: Path) -> None:
    """Both files as the tables ``e`` and ``p`` and as Parquet; the rows that mean nothing beside them."""
    query_text = "query_text"
    for pattern, name in MASKED:
        query_text = f"regexp_replace({query_text}, '{pattern}', '{name}', 'g')"
    columns = [f"trim({c}) AS {c}" for c in TEXT.split()]
    columns += [f"TRY_CAST({c} AS BIGINT) AS {c}" for c in WHOLE.split()]
    # every time of this file ends in Z
    columns += [f"epoch_us(TRY_CAST({c} AS TIMESTAMP)) AS {c}_us" for c in TIMES.split()]
    columns += ["TRY_CAST(rating AS DOUBLE) AS rating", "upper(currency) AS currency"]
    columns += [
        f"CASE WHEN length(query_text) > 9 THEN {query_text} ELSE query_text END AS query_text"
    ]
    wrong = [f"({c} IS NOT NULL AND TRY_CAST({c} AS BIGINT) IS NULL)" for c in WHOLE.split()]
    wrong += [f"TRY_CAST({c} AS TIMESTAMP) IS NULL" for c in TIMES.split()]
    wrong += [
        f"event_id IS NULL OR visitor_id IS NULL OR event_type IS NULL OR event_type NOT IN ({TYPES})"
    ]
    wrong += ["length(currency) <> 3"]
    every = f"concat_ws(',', {', '.join([*TEXT.split(), *WHOLE.split(), *TIMES.split()])})"
    db.execute(f"""
        CREATE TABLE e AS SELECT {", ".join(columns)}, row_number() OVER () + 1 AS line,
               CASE WHEN {" OR ".join(wrong)} THEN {every} END AS refused
        FROM read_csv('{csv}', all_varchar=true, header=true)""")
    save(db, "SELECT line, refused FROM e WHERE refused IS NOT NULL", out / "rejected.parquet")
    db.execute("DELETE FROM e WHERE refused IS NOT NULL; ALTER TABLE e DROP refused")
    save(db, "FROM e", out / "events.parquet")
    db.execute(f"""
        CREATE TABLE p AS SELECT *, row_number() OVER () + 1 AS line FROM read_csv('{products_csv}') WHERE title IS NOT NULL""")
    save(db, "FROM p", out / "products.parquet")
