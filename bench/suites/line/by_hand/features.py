"""The point-in-time features of sampled impressions, in SQL."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import duckdb

from suites.line.by_hand.script import save
from suites.line.by_hand.words import DAY, HOUR

# key of the entity → (feature, event, "count" | a value | "last" | half-life in days, (bucket, buckets back))
Feature: TypeAlias = "tuple[str, str, str | int, tuple[int, int] | None]"
FEATURES: dict[str, tuple[Feature, ...]] = {
    "visitor": (
        ("visitor_clicks_1h", "click", "count", (HOUR, 1)),
        ("visitor_searches_1d", "search", "count", (DAY, 1)),
        ("visitor_impressions_28d", "impression", "count", (DAY, 28)),
        ("visitor_clicks_28d", "click", "count", (DAY, 28)),
        ("visitor_carts_28d", "add_to_cart", "count", (DAY, 28)),
        ("visitor_purchases_90d", "purchase", "count", (DAY, 90)),
        ("visitor_spend_minor_90d", "purchase", "price_minor * coalesce(quantity, 1)", (DAY, 90)),
        ("visitor_dwell_ms_28d", "dwell", "dwell_ms", (DAY, 28)),
        ("visitor_days_since_click", "click", "last", (DAY, 90)),
        ("visitor_days_since_purchase", "purchase", "last", (DAY, 365)),
        ("visitor_clicks_decayed", "click", 14, None),
        ("visitor_purchases_decayed", "purchase", 60, None),
    ),
    "product": (
        ("product_impressions_7d", "impression", "count", (DAY, 7)),
        ("product_impressions_28d", "impression", "count", (DAY, 28)),
        ("product_clicks_1d", "click", "count", (DAY, 1)),
        ("product_clicks_7d", "click", "count", (DAY, 7)),
        ("product_clicks_28d", "click", "count", (DAY, 28)),
        ("product_carts_28d", "add_to_cart", "count", (DAY, 28)),
        ("product_purchases_7d", "purchase", "count", (DAY, 7)),
        ("product_purchases_28d", "purchase", "count", (DAY, 28)),
        ("product_cancels_90d", "cancel", "count", (DAY, 90)),
        ("product_dwells_28d", "dwell", "count", (DAY, 28)),
        ("product_dwell_ms_28d", "dwell", "dwell_ms", (DAY, 28)),
        ("product_units_28d", "purchase", "coalesce(quantity, 1)", (DAY, 28)),
        ("product_days_since_purchase", "purchase", "last", (DAY, 90)),
        ("product_clicks_decayed", "click", 3, None),
        ("product_purchases_decayed", "purchase", 14, None),
    ),
    "visitor * 4294967296 + product": (
        ("own_impressions_7d", "impression", "count", (DAY, 7)),
        ("own_clicks_28d", "click", "count", (DAY, 28)),
        ("own_carts_28d", "add_to_cart", "count", (DAY, 28)),
        ("own_purchases_365d", "purchase", "count", (DAY, 365)),
        ("own_dwell_ms_28d", "dwell", "dwell_ms", (DAY, 28)),
        ("own_days_since_click", "click", "last", (DAY, 90)),
        ("own_days_since_purchase", "purchase", "last", (DAY, 365)),
        ("own_clicks_decayed", "click", 7, None),
        ("own_purchases_decayed", "purchase", 60, None),
    ),
    "visitor * 4294967296 + brand": (
        ("brand_clicks_decayed", "click", 14, None),
        ("brand_purchases_decayed", "purchase", 60, None),
    ),
    "visitor * 4294967296 + category": (
        ("category_clicks_decayed", "click", 14, None),
        ("category_purchases_decayed", "purchase", 60, None),
    ),
    "query * 4294967296 + product": (
        ("query_impressions_28d", "impression", "count", (DAY, 28)),
        ("query_clicks_28d", "click", "count", (DAY, 28)),
        ("query_clicks_decayed", "click", 28, None),
        ("query_purchases_decayed", "purchase", 28, None),
    ),
}


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
    """Write ``features.parquet``: a row for each sampled impression, by its line."""
    db.execute(
        f"CREATE VIEW log AS SELECT *, lower(trim(query_text)) AS words FROM '{out}/clean.parquet'"
    )
    for name, source in (("visitor", "visitor_id"), ("word", "words")):
        db.execute(
            f"CREATE TABLE {name}s AS SELECT {source} AS name, row_number() OVER () AS code FROM log WHERE {source} IS NOT NULL GROUP BY {source}"
        )
    db.execute("""CREATE TABLE catalogue AS SELECT product_id, row_number() OVER () AS product,
        dense_rank() OVER (ORDER BY brand) AS brand, dense_rank() OVER (ORDER BY category) AS category FROM p""")
    db.execute("""
        CREATE TABLE typed_events AS SELECT received_at_us AS t, event_type, v.code AS visitor, product, brand, category, w.code AS query,
            price_minor, quantity, dwell_ms, line FROM log
        LEFT JOIN catalogue USING (product_id) LEFT JOIN visitors AS v ON v.name = visitor_id LEFT JOIN words AS w ON w.name = words""")
    db.execute(
        "CREATE TABLE ex AS SELECT line AS example_id, t, visitor, product, brand, category, query FROM typed_events WHERE event_type = 'impression' AND line % 10 = 0"
    )
    db.execute("CREATE TABLE answers AS SELECT example_id FROM ex")
    ref = db.sql("SELECT min(t) FROM typed_events").fetchall()[0][0]
    joins, columns = [], []
    for n, (key, wanted) in enumerate(FEATURES.items()):
        _entity(db, n, key, wanted, ref)
        joins.append(f"LEFT JOIN block{n} USING (example_id)")
        for name, _, kind, window in wanted:
            never = (window[1] + 1) * window[0] / DAY if window and kind == "last" else 0
            columns.append(f"CAST(coalesce({name}, {never}) AS FLOAT) AS {name}")
    derived = ", ".join(f"CAST({sql} AS FLOAT) AS {name}" for name, sql in DERIVED.items())
    save(
        db,
        f"SELECT *, {derived} FROM (SELECT example_id, {', '.join(columns)} FROM answers {' '.join(joins)}) ORDER BY example_id",
        out / "features.parquet",
    )


def _entity(
    db: duckdb.DuckDBPyConnection, n: int, key: str, features: tuple[Feature, ...], ref: int
) -> None:
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
        FROM (SELECT *, {key} AS k FROM typed_events WHERE event_type IN ({events})) SEMI JOIN looks USING (k)
        WINDOW w AS (PARTITION BY k ORDER BY t RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)""")
    windows = sorted({w for _, _, kind, w in features if w and kind != "last"})
    befores = "".join(
        f" ASOF LEFT JOIN totals AS b{i} ON b{i}.k = l.k AND (l.t // {g} - {back}) * {g} > b{i}.t"
        for i, (g, back) in enumerate(windows)
    )
    columns = []
    for name, _, kind, window in features:
        if window and kind == "last":
            start = f"(l.t // {window[0]} - {window[1]}) * {window[0]}"
            columns.append(
                f"CASE WHEN now.{name} >= {start} THEN (l.t - now.{name}) / {DAY}.0 END AS {name}"
            )
        elif window is None and isinstance(kind, int):
            columns.append(f"now.{name} / power(2.0, (l.t - {ref}) / {kind * DAY}.0) AS {name}")
        elif window is not None:
            columns.append(
                f"coalesce(now.{name}, 0) - coalesce(b{windows.index(window)}.{name}, 0) AS {name}"
            )
    db.execute(f"""
        CREATE TABLE block{n} AS SELECT example_id, {", ".join(columns)}
        FROM looks AS l ASOF LEFT JOIN totals AS now ON now.k = l.k AND l.t > now.t {befores}""")
