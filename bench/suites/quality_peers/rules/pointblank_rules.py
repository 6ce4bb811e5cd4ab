"""The rules of an hour in pointblank."""

import pointblank as pb
import polars as pl
from rules import lists as l


def _never(of: pb.Validate, column: str, pattern: str) -> pb.Validate:
    return of.col_vals_expr(~pl.col(column).fill_null("a value").str.contains(pattern))


def events(rows: pl.DataFrame) -> pb.Validate:
    of = (
        pb.Validate(rows)
        .col_vals_not_null(["event_id", "visitor_id"])
        .col_vals_in_set("event_type", l.EVENT_TYPES)
        .col_vals_between("price_minor", 1, 10_000_000, na_pass=True)
        .col_vals_in_set("currency", [*l.CURRENCIES, None])
        .col_vals_expr(pl.col("is_currency_of_listing"))
        .col_vals_between("of_listed_price", 0.2, 5, na_pass=True)
        .col_vals_between("quantity", 1, 1_000, na_pass=True)
        .col_vals_between("position", 1, 1_000, na_pass=True)
        .col_vals_between("propensity", 0, 1, inclusive=(False, True), na_pass=True)
        .col_vals_between("dwell_ms", 0, 86_400_000, na_pass=True)
        .col_vals_between("rating", 1, 5, na_pass=True)
        .col_vals_between("late_s", -l.MINUTE_S, l.MONTH_S)
        .col_vals_eq(["nth_of_id", "nth_of_content"], 1)
        .col_vals_le("in_minute", 60)
        .col_vals_expr(pl.col("visitor_id").str.len_chars() <= 128)
        .col_vals_expr(
            ~pl.col("event_type").is_in(l.OF_A_PRODUCT) | pl.col("product_id").is_not_null()
        )
        .col_vals_expr(~pl.col("event_type").is_in(l.OF_A_PRODUCT) | pl.col("is_listed"))
        .col_vals_expr(
            (pl.col("event_type") != "purchase")
            | pl.col("price_minor").is_not_null() & pl.col("quantity").is_not_null()
        )
        .col_vals_expr((pl.col("event_type") != "search") | pl.col("query_text").is_not_null())
        .col_vals_expr(pl.col("product_id").fill_null("a").str.len_chars().is_between(1, 128))
    )
    for column, pattern in (
        ("event_id", l.NOT_A_VALUE),
        ("visitor_id", l.NOT_A_VALUE),
        ("session_id", r"(?i)^(undefined|null|none|nan)$"),
        ("typed", l.E_MAIL),
        ("typed", l.PHONE),
    ):
        of = _never(of, column, pattern)
    return of


def products(rows: pl.DataFrame) -> pb.Validate:
    of = (
        pb.Validate(rows)
        .col_vals_not_null(["product_id", "title", "category"])
        .col_vals_between("price_minor", 1, 10_000_000, na_pass=True)
        .col_vals_between("of_median_price", 0.05, 20, na_pass=True)
        .col_vals_in_set("currency", [*l.CURRENCIES, None])
        .col_vals_between("stock_units", 0, 1_000_000, na_pass=True)
        .col_vals_expr(pl.col("is_json"))
        .col_vals_ge("n_images", 1)
        .col_vals_regex("code_text", l.CODES)
        .col_vals_between(["released_at_us", "updated_at_us"], l.OLDEST_US, l.NOW_US, na_pass=True)
        .col_vals_eq(["nth_of_id", "nth_of_code", "nth_of_title"], 1)
        .col_vals_expr(pl.col("title").fill_null("a title").str.len_chars().is_between(3, 300))
        .col_vals_expr(pl.col("title_zh").fill_null("中").str.contains(l.HAN))
    )
    for column, pattern in (
        ("product_id", l.NOT_A_VALUE),
        ("title", l.NOT_A_VALUE),
        ("title_en", l.HAN),
        *(("words", p) for p in (l.MARKUP, l.DESTROYED, l.HIDDEN, l.E_MAIL, l.PHONE)),
    ):
        of = _never(of, column, pattern)
    return of


def found(table: str, rows):
    """(line, rule) of every row that fails."""
    done = (events if table == "events" else products)(pl.from_arrow(rows)).interrogate(
        get_first_n=10**9, extract_limit=10**9
    )
    every = done.get_data_extracts()
    return {
        (line, str(step))
        for step, failed in every.items()
        if failed is not None and failed.height
        for line in failed["line"].to_list()
    }
