"""The checks of the script: one list of findings, clean rows, quarantine.

**Frozen on 2026-11-25.** The rules are those that baihuo had then and that the generated log has dirt
for, less the seven that baihuo has dropped since: 44 checks of events and two of products. They follow no later change of a rule in
``baihuo.quality``. On purpose the script has not:

- the checks of products but for negative prices and repeated ids, personal data, completeness;
- what this log does not hold: time zones off by less than half an hour, several devices of a visitor,
  pages that repeat a product by design;
- the statistics of gaps: a gap is a fixed share of the usual number here. Small logs (100,000 events)
  have gaps that only this rule finds, at a million both find the same;
- details, lineage, days in ranges, resuming;
- rules of 2026-11-27: a row whose price cannot be read stays, without the price (the script refuses it: 67 rows of a million,
  which also change features); prices mended by two witnesses only; words for null; damaged and masked texts of events; floods of
  copies; lines of an order that come again; holes by visitors; promised false alarms. With ``--rules all`` they are in our time.

With ``--rules script`` ours runs the checks that stand here alone (``suites/line/rules.py``). They are still our rules: a page of
clicks is judged with more evidence than here, so a few of 25,700 findings differ.

``python bench/line.py --check`` prints where the two differ.

The table ``e`` holds the rows that are left, repaired. Each step records what it found, then
deletes and updates.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from suites.line.by_hand.gaps import find_gaps
from suites.line.by_hand.order import ORDER
from suites.line.by_hand.pages import LABELS, PAGES, POSITIONS
from suites.line.by_hand.prices import PRICES
from suites.line.by_hand.rows import CLOCKS, ORPHANS, SAME_CONTENT, SAME_ID, SCHEMA, TIMES
from suites.line.by_hand.sessions import BROKEN, CHAINED, SPANS
from suites.line.by_hand.traffic import ADS, BOTS, CROWDS, FLOODS


def clean(db: duckdb.DuckDBPyConnection, out: Path) -> None:
    """Clean the tables ``e`` and ``p``, and write clean rows, quarantine and findings."""
    db.execute(
        'CREATE TABLE found ("table" VARCHAR, step INT, line BIGINT, rule VARCHAR, action VARCHAR, new VARCHAR)'
    )
    _products(db)
    for n, (select, column) in enumerate(STEPS):
        for table, made in TABLES.get(select, ()):
            db.execute(f"CREATE OR REPLACE TABLE {table} AS {made}")
        db.execute(
            f"INSERT INTO found SELECT 'events', {n}, line, rule, action, new FROM ({select})"
        )
        of = f"(SELECT line, any_value(new) AS new FROM found WHERE \"table\" = 'events' AND step = {n} AND action"
        for name in column.split():
            repaired = "= 'repair'"
            if select is SCHEMA:
                repaired += f" AND rule = '{BLANKED[name]}'"
            db.execute(
                f"UPDATE e SET {name} = f.new FROM {of} {repaired} GROUP BY line) AS f WHERE e.line = f.line"
            )
        db.execute(
            f"DELETE FROM e USING {of} IN ('quarantine', 'merge') GROUP BY line) AS f WHERE e.line = f.line"
        )
    find_gaps(db)
    save = "(FORMAT parquet, COMPRESSION zstd)"
    db.execute(
        f"COPY (FROM e ORDER BY received_at_us, event_id, line) TO '{out}/clean.parquet' {save}"
    )
    db.execute(f"""
        COPY (SELECT raw.*, rule FROM '{out}/events.parquet' AS raw JOIN (
                  SELECT line, arg_min(rule, step) AS rule FROM found
                  WHERE "table" = 'events' AND action = 'quarantine' GROUP BY line) USING (line) ORDER BY line)
        TO '{out}/quarantine.parquet' {save}""")
    db.execute(
        f"""COPY (FROM found ORDER BY "table", line, rule) TO '{out}/findings.parquet' {save}"""
    )
    db.execute("DROP TABLE e")


def _products(db: duckdb.DuckDBPyConnection) -> None:
    db.execute(
        """INSERT INTO found SELECT 'products', 0, line, 'bad_listing_price', 'repair', NULL FROM p WHERE price_minor < 0"""
    )
    db.execute("UPDATE p SET price_minor = NULL WHERE price_minor < 0")
    db.execute("""
        INSERT INTO found SELECT 'products', 1, line, 'same_product', 'merge', NULL FROM p
        QUALIFY row_number() OVER (PARTITION BY product_id ORDER BY line) > 1""")
    db.execute("DELETE FROM p WHERE line IN (SELECT line FROM found WHERE rule = 'same_product')")


BLANKED = {"position": "bad_position", "price_minor": "bad_price"}
"""Column → check: the repairs of the schema step are of two columns."""


TABLES: dict[str, tuple[tuple[str, str], ...]] = {
    BROKEN: (("spans", SPANS), ("chained", CHAINED)),
}
STEPS = (
    (SCHEMA, "position price_minor"),
    (CLOCKS, "occurred_at_us"),
    (TIMES, "occurred_at_us"),
    (SAME_ID, ""),
    (SAME_CONTENT, ""),
    (ORPHANS, "product_id"),
    (ORDER, ""),
    (FLOODS, ""),
    (CROWDS, ""),
    (ADS, ""),
    (BOTS, ""),
    (BROKEN, "session_id"),
    (LABELS, "query_id"),
    (PAGES, ""),
    (POSITIONS, ""),
    (PRICES, "price_minor"),
)
