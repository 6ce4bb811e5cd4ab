"""The line as somebody would write it by hand: one DuckDB script, no library of ours.

It does what ``line.py`` asks of both: CSV to checked Parquet, the six checks with a list of findings, the
point-in-time features of sampled impressions. It knows this one file's columns and nothing else: no
resuming, no other formats, no report; that is what it may be faster by.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

US = 1_000_000
DAY, HOUR = 86_400 * US, 3_600 * US
MASKED = (
    (r"[\w.+-]+@[\w-]+\.[\w.]+", "<mail>"), (r"\b1[3-9]\d{9}\b", "<phone>"), (r"\b\d{17}[\dXx]\b", "<id>"),
    (r"\b\d{16,19}\b", "<card>"),
)  # fmt: skip
TEXT = "event_id event_type visitor_id session_id query_id product_id order_id surface currency platform"
WHOLE = "position price_minor quantity dwell_ms"


def connect(out: Path, *, memory_mb: int, threads: int) -> duckdb.DuckDBPyConnection:
    """One database for the whole script, spilling to ``out``."""
    db = duckdb.connect()
    db.execute(f"SET memory_limit='{memory_mb}MB'; SET threads={threads}; SET TimeZone='UTC'")
    db.execute(f"SET temp_directory='{out}/spill'; SET enable_progress_bar=false")
    return db


def _save(db: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    db.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")


def take_in(db: duckdb.DuckDBPyConnection, csv: Path, products_csv: Path, out: Path) -> None:
    query_text = "query_text"
    for pattern, name in MASKED:
        query_text = f"regexp_replace({query_text}, '{pattern}', '{name}', 'g')"
    columns = ", ".join(
        [f"nullif(trim({c}), '') AS {c}" for c in TEXT.split()]
        + [f"TRY_CAST({c} AS BIGINT) AS {c}" for c in WHOLE.split()]
        + [
            f"epoch_us(TRY_CAST({c} AS TIMESTAMPTZ)) AS {c}_us"
            for c in ("occurred_at", "received_at")
        ]
        + [f"CASE WHEN length(query_text) > 9 THEN {query_text} ELSE query_text END AS query_text"]
    )
    wrong = " OR ".join(
        f"({c} IS NOT NULL AND TRY_CAST({c} AS BIGINT) IS NULL)" for c in WHOLE.split()
    )
    wrong += " OR " + " OR ".join(
        f"TRY_CAST({c} AS TIMESTAMPTZ) IS NULL" for c in ("occurred_at", "received_at")
    )
    wrong += " OR event_id IS NULL OR event_type IS NULL OR visitor_id IS NULL"
    raw = f"SELECT *, row_number() OVER () + 1 AS line FROM read_csv('{csv}', all_varchar=true, header=true)"
    _save(
        db,
        f"SELECT {columns}, line FROM ({raw}) WHERE ({wrong}) IS NOT TRUE",
        out / "events.parquet",
    )
    _save(db, f"SELECT * FROM ({raw}) WHERE {wrong}", out / "rejected.parquet")
    _save(
        db,
        f"SELECT *, row_number() OVER () AS line FROM read_csv('{products_csv}') WHERE title IS NOT NULL",
        out / "products.parquet",
    )


def clean(db: duckdb.DuckDBPyConnection, out: Path) -> None:
    db.execute(f"CREATE VIEW raw AS FROM '{out}/events.parquet'")
    db.execute(f"CREATE TABLE products AS FROM '{out}/products.parquet'")
    db.execute(
        "CREATE TABLE found (line BIGINT, rule VARCHAR, action VARCHAR, was VARCHAR, new VARCHAR)"
    )
    alive = "(SELECT * FROM raw ANTI JOIN (SELECT line FROM found WHERE action <> 'repair') USING (line))"
    db.execute(f"""
        INSERT INTO found SELECT line, rule, CASE WHEN rule IN ('price', 'clock') THEN 'repair' ELSE 'quarantine' END,
               CASE rule WHEN 'price' THEN price_minor WHEN 'clock' THEN occurred_at_us END,
               CASE rule WHEN 'clock' THEN received_at_us END
        FROM (SELECT *, CASE
            WHEN event_type NOT IN ('impression', 'click', 'dwell', 'add_to_cart', 'remove_from_cart', 'purchase',
                                    'cancel', 'review', 'search', 'ad_impression', 'ad_click') THEN 'type'
            WHEN product_id IS NULL AND event_type NOT IN ('search', 'dwell') THEN 'no product'
            WHEN length(event_id) > 256 OR length(visitor_id) > 256 OR length(query_text) > 20000 THEN 'huge'
            WHEN quantity < 1 OR quantity > 100000 THEN 'quantity'
            WHEN dwell_ms < 0 OR dwell_ms > 12 * 3600000 THEN 'dwell'
            WHEN position < 1 OR position > 10000 THEN 'position'
            WHEN occurred_at_us < 788918400000000 THEN 'old'
            WHEN occurred_at_us > received_at_us + {HOUR} THEN 'future'
            WHEN occurred_at_us < received_at_us - {90 * DAY} THEN 'late'
            WHEN received_at_us > epoch_us(now()) + {DAY} THEN 'not yet'
            WHEN occurred_at_us > received_at_us + {60 * US} THEN 'clock'
            WHEN price_minor < 0 OR price_minor > 100000000000 THEN 'price' END AS rule FROM raw)
        WHERE rule IS NOT NULL""")
    db.execute(f"""
        INSERT INTO found SELECT line, 'stuck', 'repair', occurred_at_us, received_at_us FROM {alive}
        SEMI JOIN (SELECT visitor_id, occurred_at_us FROM {alive} WHERE received_at_us - occurred_at_us > {30 * US}
                   GROUP BY ALL HAVING count(*) >= 5 AND max(received_at_us) - min(received_at_us) > {30 * US})
        USING (visitor_id, occurred_at_us)""")
    db.execute(f"""
        INSERT INTO found SELECT line, 'same id', 'merge', event_id, NULL FROM {alive}
        WHERE event_id IN (SELECT event_id FROM {alive} GROUP BY event_id HAVING count(*) > 1)
        QUALIFY row_number() OVER (PARTITION BY event_id ORDER BY received_at_us, line) > 1""")
    content = f"{TEXT.split(' ', 1)[1]} {WHOLE} query_text".replace(" ", ", ")
    db.execute(f"""
        INSERT INTO found SELECT line, 'same content', 'merge', event_id, NULL FROM {alive} AS e
        SEMI JOIN (SELECT visitor_id, event_type, coalesce(product_id, query_text) AS about FROM {alive}
                   GROUP BY ALL HAVING count(*) > 1) AS a
          ON e.visitor_id = a.visitor_id AND e.event_type = a.event_type AND coalesce(product_id, query_text) = about
        QUALIFY occurred_at_us - lag(occurred_at_us) OVER (PARTITION BY {content} ORDER BY occurred_at_us, line) <= {US}""")
    db.execute("""
        CREATE TABLE names AS SELECT lower(trim(title)) AS name, min(product_id) AS product_id FROM products
        GROUP BY name HAVING count(*) = 1""")
    db.execute(f"""
        INSERT INTO found SELECT line, 'orphan', CASE WHEN n.product_id IS NULL THEN 'quarantine' ELSE 'repair' END,
               e.product_id, n.product_id
        FROM (SELECT line, product_id FROM {alive} ANTI JOIN products USING (product_id) WHERE product_id IS NOT NULL) AS e
        LEFT JOIN names AS n ON n.name = lower(trim(e.product_id))""")
    db.execute(f"""
        INSERT INTO found SELECT line, 'click first', 'quarantine', occurred_at_us, seen
        FROM (SELECT line, visitor_id, query_id, product_id, occurred_at_us FROM {alive} WHERE event_type = 'click')
        JOIN (SELECT visitor_id, query_id, product_id, min(occurred_at_us) AS seen FROM {alive}
              WHERE event_type = 'impression'
                AND query_id IN (SELECT query_id FROM raw WHERE event_type = 'click') GROUP BY ALL)
        USING (visitor_id, query_id, product_id) WHERE seen > occurred_at_us + {2 * US}""")
    db.execute(f"""
        INSERT INTO found SELECT line, 'bought first', 'quarantine', occurred_at_us, seen
        FROM (SELECT line, visitor_id, product_id, occurred_at_us FROM {alive} WHERE event_type = 'purchase') AS p
        LEFT JOIN (SELECT visitor_id, product_id, min(occurred_at_us) AS seen FROM {alive}
                   SEMI JOIN (SELECT visitor_id, product_id FROM raw WHERE event_type = 'purchase') USING (visitor_id, product_id)
                   WHERE event_type IN ('impression', 'click', 'dwell', 'add_to_cart') GROUP BY ALL)
        USING (visitor_id, product_id) WHERE seen IS NULL OR seen > occurred_at_us + {2 * US}""")
    db.execute(f"""
        INSERT INTO found SELECT line, 'cancel', 'quarantine', NULL, NULL FROM {alive}
        ANTI JOIN (SELECT visitor_id, product_id FROM {alive} WHERE event_type = 'purchase') USING (visitor_id, product_id)
        WHERE event_type = 'cancel'""")
    db.execute(f"""
        INSERT INTO found
        WITH sold AS (SELECT product_id, currency, ln(price_minor) AS p FROM {alive} WHERE event_type = 'purchase' AND price_minor > 0),
        middles AS (SELECT product_id, currency, median(p) AS m, mad(p) AS mad FROM sold GROUP BY ALL HAVING count(*) >= 5),
        off AS (SELECT e.line, e.price_minor, ln(e.price_minor) - coalesce(m, ln(p.price_minor)) AS off, coalesce(mad, 0) AS mad
                FROM {alive} AS e LEFT JOIN middles USING (product_id, currency)
                LEFT JOIN products AS p ON p.product_id = e.product_id WHERE e.price_minor > 0)
        SELECT line, 'price', 'repair', price_minor,
               CASE WHEN abs(abs(off) - ln(100)) < ln(2) THEN
                    CASE WHEN off > 0 THEN round(price_minor / 100) ELSE price_minor * 100 END END
        FROM off WHERE abs(off) > ln(10) AND abs(off) > 6 * greatest(1.4826 * mad, 0.02)""")
    db.execute(
        "CREATE TABLE repairs AS SELECT line, max(new) FILTER (rule = 'orphan') AS product, "
        "max(new) FILTER (rule IN ('clock', 'stuck')) AS clock, max(new) FILTER (rule = 'price') AS price, "
        "bool_or(rule = 'price') AS has_price FROM found WHERE action = 'repair' GROUP BY line"
    )
    repaired = """e.* REPLACE (coalesce(r.product, e.product_id) AS product_id,
        coalesce(CAST(r.clock AS BIGINT), e.occurred_at_us) AS occurred_at_us,
        CASE WHEN r.has_price THEN CAST(CAST(r.price AS DOUBLE) AS BIGINT) ELSE e.price_minor END AS price_minor)"""
    _save(db, f"SELECT {repaired} FROM {alive} AS e LEFT JOIN repairs AS r USING (line) ORDER BY received_at_us, event_id", out / "clean.parquet")  # fmt: skip
    _save(db, "SELECT raw.*, rule FROM raw JOIN found USING (line) WHERE action = 'quarantine' ORDER BY line", out / "quarantine.parquet")  # fmt: skip
    _save(db, "FROM found ORDER BY line, rule", out / "findings.parquet")


# entity → windows (name: bucket, buckets back) → (feature, event, "count" | a value | "last" | half-life in days, window)
FEATURES = {
    "visitor": (
        ("visitor_clicks_1h", "click", "count", (HOUR, 1)), ("visitor_searches_1d", "search", "count", (DAY, 1)),
        ("visitor_impressions_28d", "impression", "count", (DAY, 28)), ("visitor_clicks_28d", "click", "count", (DAY, 28)),
        ("visitor_carts_28d", "add_to_cart", "count", (DAY, 28)), ("visitor_purchases_90d", "purchase", "count", (DAY, 90)),
        ("visitor_spend_minor_90d", "purchase", "price_minor * coalesce(quantity, 1)", (DAY, 90)),
        ("visitor_dwell_ms_28d", "dwell", "dwell_ms", (DAY, 28)),
        ("visitor_days_since_click", "click", "last", (DAY, 90)), ("visitor_days_since_purchase", "purchase", "last", (DAY, 365)),
        ("visitor_clicks_decayed", "click", 14, None), ("visitor_purchases_decayed", "purchase", 60, None),
    ),
    "product": (
        ("product_impressions_7d", "impression", "count", (DAY, 7)), ("product_impressions_28d", "impression", "count", (DAY, 28)),
        ("product_clicks_1d", "click", "count", (DAY, 1)), ("product_clicks_7d", "click", "count", (DAY, 7)),
        ("product_clicks_28d", "click", "count", (DAY, 28)), ("product_carts_28d", "add_to_cart", "count", (DAY, 28)),
        ("product_purchases_7d", "purchase", "count", (DAY, 7)), ("product_purchases_28d", "purchase", "count", (DAY, 28)),
        ("product_cancels_90d", "cancel", "count", (DAY, 90)), ("product_dwells_28d", "dwell", "count", (DAY, 28)),
        ("product_dwell_ms_28d", "dwell", "dwell_ms", (DAY, 28)), ("product_units_28d", "purchase", "coalesce(quantity, 1)", (DAY, 28)),
        ("product_days_since_purchase", "purchase", "last", (DAY, 90)),
        ("product_clicks_decayed", "click", 3, None), ("product_purchases_decayed", "purchase", 14, None),
    ),
    "visitor * 4294967296 + product": (
        ("own_impressions_7d", "impression", "count", (DAY, 7)), ("own_clicks_28d", "click", "count", (DAY, 28)),
        ("own_carts_28d", "add_to_cart", "count", (DAY, 28)), ("own_purchases_365d", "purchase", "count", (DAY, 365)),
        ("own_dwell_ms_28d", "dwell", "dwell_ms", (DAY, 28)), ("own_days_since_click", "click", "last", (DAY, 90)),
        ("own_days_since_purchase", "purchase", "last", (DAY, 365)),
        ("own_clicks_decayed", "click", 7, None), ("own_purchases_decayed", "purchase", 60, None),
    ),
    "visitor * 4294967296 + brand": (
        ("brand_clicks_decayed", "click", 14, None), ("brand_purchases_decayed", "purchase", 60, None),
    ),
    "visitor * 4294967296 + category": (
        ("category_clicks_decayed", "click", 14, None), ("category_purchases_decayed", "purchase", 60, None),
    ),
    "query * 4294967296 + product": (
        ("query_impressions_28d", "impression", "count", (DAY, 28)), ("query_clicks_28d", "click", "count", (DAY, 28)),
        ("query_clicks_decayed", "click", 28, None), ("query_purchases_decayed", "purchase", 28, None),
    ),
}  # fmt: skip


def _rate(n: str, of: str, prior: float, strength: float) -> str:
    return f"({n} + {prior * strength}) / ({of} + {strength})"


def _share(part: str, whole: str) -> str:
    return f"{part} / greatest({whole}, 1e-3)"


DERIVED = {
    "product_ctr_7d": _rate("product_clicks_7d", "product_impressions_7d", 0.05, 40),
    "product_ctr_28d": _rate("product_clicks_28d", "product_impressions_28d", 0.05, 40),
    "product_cart_rate_28d": _rate("product_carts_28d", "product_clicks_28d", 0.1, 20),
    "product_cvr_28d": _rate("product_purchases_28d", "product_clicks_28d", 0.05, 20),
    "product_mean_dwell_ms": "product_dwell_ms_28d / greatest(product_dwells_28d, 1)",
    "product_trend": "ln(((product_clicks_7d + 1) / 7) / ((product_clicks_28d + 4) / 28))",
    "visitor_ctr_28d": _rate("visitor_clicks_28d", "visitor_impressions_28d", 0.05, 40),
    "visitor_purchases_per_day": "visitor_purchases_90d / 90",
    "visitor_purchase_freshness": "14 / (14 + visitor_days_since_purchase)",
    "own_click_freshness": "1 / (1 + own_days_since_click)",
    "own_purchase_freshness": "30 / (30 + own_days_since_purchase)",
    "own_purchase_due": "own_days_since_purchase * own_purchases_365d / 365",
    "brand_click_share": _share("brand_clicks_decayed", "visitor_clicks_decayed"),
    "brand_purchase_share": _share("brand_purchases_decayed", "visitor_purchases_decayed"),
    "category_click_share": _share("category_clicks_decayed", "visitor_clicks_decayed"),
    "category_purchase_share": _share("category_purchases_decayed", "visitor_purchases_decayed"),
    "query_ctr_28d": _rate("query_clicks_28d", "query_impressions_28d", 0.05, 20),
}


def features(db: duckdb.DuckDBPyConnection, out: Path) -> None:
    db.execute(
        f"CREATE VIEW log AS SELECT *, lower(trim(query_text)) AS words FROM '{out}/clean.parquet'"
    )
    for name, source in (("visitor", "visitor_id"), ("word", "words")):
        db.execute(f"CREATE TABLE {name}s AS SELECT {source} AS name, row_number() OVER () AS code FROM log WHERE {source} IS NOT NULL GROUP BY {source}")  # fmt: skip
    db.execute("""CREATE TABLE shelf AS SELECT product_id, row_number() OVER () AS product,
        dense_rank() OVER (ORDER BY brand) AS brand, dense_rank() OVER (ORDER BY category) AS category FROM products""")
    db.execute("""
        CREATE TABLE ev AS SELECT received_at_us AS t, event_type, v.code AS visitor, product, brand, category, w.code AS query,
            price_minor, quantity, dwell_ms, line FROM log
        LEFT JOIN shelf USING (product_id) LEFT JOIN visitors AS v ON v.name = visitor_id LEFT JOIN words AS w ON w.name = words""")
    db.execute("CREATE TABLE ex AS SELECT line AS example_id, t, visitor, product, brand, category, query FROM ev WHERE event_type = 'impression' AND line % 10 = 0")  # fmt: skip
    db.execute("CREATE TABLE answers AS SELECT example_id FROM ex")
    ref = db.sql("SELECT min(t) FROM ev").fetchall()[0][0]
    joins, columns = [], []
    for n, (key, asked) in enumerate(FEATURES.items()):
        _entity(db, n, key, asked, ref)
        joins.append(f"LEFT JOIN block{n} USING (example_id)")
        for name, _, kind, window in asked:
            never = (window[1] + 1) * window[0] / DAY if kind == "last" else 0
            columns.append(f"CAST(coalesce({name}, {never}) AS FLOAT) AS {name}")
    derived = ", ".join(f"CAST({sql} AS FLOAT) AS {name}" for name, sql in DERIVED.items())
    _save(
        db,
        f"SELECT *, {derived} FROM (SELECT example_id, {', '.join(columns)} FROM answers {' '.join(joins)}) ORDER BY example_id",
        out / "features.parquet",
    )


def _entity(db: duckdb.DuckDBPyConnection, n: int, key: str, features: tuple, ref: int) -> None:
    """Running totals per key, looked up at the example's moment and at the start of each window."""
    events = ", ".join(sorted({f"'{event}'" for _, event, _, _ in features}))
    totals = []
    for name, event, kind, _ in features:
        of = f"FILTER (event_type = '{event}') OVER w AS {name}"
        if kind == "last":
            totals.append(f"max(t) {of}")
        elif isinstance(kind, int):
            totals.append(f"sum(power(2.0, (t - {ref}) / {kind * DAY}.0)) {of}")
        else:
            totals.append(f"sum({1 if kind == 'count' else kind}) {of}")
    db.execute(
        f"CREATE OR REPLACE TABLE looks AS SELECT example_id, t, {key} AS k FROM ex WHERE {key} IS NOT NULL"
    )
    db.execute(f"""
        CREATE OR REPLACE TABLE totals AS SELECT k, t, {", ".join(totals)}
        FROM (SELECT *, {key} AS k FROM ev WHERE event_type IN ({events})) SEMI JOIN looks USING (k)
        WINDOW w AS (PARTITION BY k ORDER BY t RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)""")
    windows = sorted({w for _, _, kind, w in features if w and kind != "last"})
    befores = "".join(
        f" ASOF LEFT JOIN totals AS b{i} ON b{i}.k = l.k AND (l.t // {g} - {back}) * {g} > b{i}.t"
        for i, (g, back) in enumerate(windows)
    )
    columns = []
    for name, _, kind, window in features:
        if kind == "last":
            start = f"(l.t // {window[0]} - {window[1]}) * {window[0]}"
            columns.append(
                f"CASE WHEN now.{name} >= {start} THEN (l.t - now.{name}) / {DAY}.0 END AS {name}"
            )
        elif window is None:
            columns.append(f"now.{name} / power(2.0, (l.t - {ref}) / {kind * DAY}.0) AS {name}")
        else:
            columns.append(
                f"coalesce(now.{name}, 0) - coalesce(b{windows.index(window)}.{name}, 0) AS {name}"
            )
    db.execute(f"""
        CREATE TABLE block{n} AS SELECT example_id, {", ".join(columns)}
        FROM looks AS l ASOF LEFT JOIN totals AS now ON now.k = l.k AND l.t > now.t {befores}""")
