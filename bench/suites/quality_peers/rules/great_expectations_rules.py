"""The rules of an hour in great-expectations."""

import great_expectations as gx
from great_expectations import expectations as x
from rules import lists as l


def _between(column, low, high, **more):
    return x.ExpectColumnValuesToBeBetween(column=column, min_value=low, max_value=high, **more)


def _never(column, pattern):
    return x.ExpectColumnValuesToNotMatchRegex(column=column, regex=pattern)


EVENTS = [
    x.ExpectColumnValuesToNotBeNull(column="event_id"),
    x.ExpectColumnValuesToNotBeNull(column="visitor_id"),
    x.ExpectColumnValuesToBeInSet(column="event_type", value_set=l.EVENT_TYPES),
    x.ExpectColumnValueLengthsToBeBetween(column="visitor_id", min_value=1, max_value=128),
    x.ExpectColumnValueLengthsToBeBetween(column="product_id", min_value=1, max_value=128),
    _never("event_id", l.NOT_A_VALUE),
    _never("visitor_id", l.NOT_A_VALUE),
    _never("session_id", r"(?i)^(undefined|null|none|nan)$"),
    _never("typed", l.E_MAIL),
    _never("typed", l.PHONE),
    _between("price_minor", 1, 10_000_000),
    x.ExpectColumnValuesToBeInSet(column="currency", value_set=l.CURRENCIES),
    x.ExpectColumnValuesToBeInSet(column="is_currency_of_listing", value_set=[True]),
    _between("of_listed_price", 0.2, 5),
    _between("quantity", 1, 1_000),
    _between("position", 1, 1_000),
    _between("propensity", 0, 1, strict_min=True),
    _between("dwell_ms", 0, 86_400_000),
    _between("rating", 1, 5),
    _between("late_s", -l.MINUTE_S, l.MONTH_S),
    _between("nth_of_id", 1, 1),
    _between("nth_of_content", 1, 1),
    _between("in_minute", 0, 60),
    x.ExpectColumnValuesToBeInSet(column="has_product", value_set=[True]),
    x.ExpectColumnValuesToBeInSet(column="has_price", value_set=[True]),
    x.ExpectColumnValuesToBeInSet(column="has_query", value_set=[True]),
]

PRODUCTS = [
    x.ExpectColumnValuesToNotBeNull(column="product_id"),
    x.ExpectColumnValuesToNotBeNull(column="title"),
    x.ExpectColumnValuesToNotBeNull(column="category"),
    x.ExpectColumnValueLengthsToBeBetween(column="title", min_value=3, max_value=300),
    _never("product_id", l.NOT_A_VALUE),
    _never("title", l.NOT_A_VALUE),
    _never("title_en", l.HAN),
    x.ExpectColumnValuesToMatchRegex(column="title_zh", regex=l.HAN),
    *(_never("words", p) for p in (l.MARKUP, l.DESTROYED, l.HIDDEN, l.E_MAIL, l.PHONE)),
    _between("price_minor", 1, 10_000_000),
    _between("of_median_price", 0.05, 20),
    x.ExpectColumnValuesToBeInSet(column="currency", value_set=l.CURRENCIES),
    _between("stock_units", 0, 1_000_000),
    x.ExpectColumnValuesToBeInSet(column="is_json", value_set=[True]),
    _between("n_images", 1, None),
    x.ExpectColumnValuesToMatchRegex(column="code_text", regex=l.CODES),
    _between("released_at_us", l.OLDEST_US, l.NOW_US),
    _between("updated_at_us", l.OLDEST_US, l.NOW_US),
    _between("nth_of_id", 1, 1),
    _between("nth_of_code", 1, 1),
    _between("nth_of_title", 1, 1),
]


def found(table: str, rows):
    """(line, rule) of every row that fails."""
    if table == "events":  # conditions between columns, which the core expectations lack
        of_product = rows["event_type"].isin(l.OF_A_PRODUCT)
        rows["has_product"] = ~of_product | rows["product_id"].notna() & rows["is_listed"]
        rows["has_price"] = (rows["event_type"] != "purchase") | rows["price_minor"].notna() & rows[
            "quantity"
        ].notna()
        rows["has_query"] = (rows["event_type"] != "search") | rows["query_text"].notna()
    context = gx.get_context(mode="ephemeral")
    asset = context.data_sources.add_pandas(table).add_dataframe_asset(table)
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch(
        batch_parameters={"dataframe": rows}
    )
    suite = gx.ExpectationSuite(name=table, expectations=EVENTS if table == "events" else PRODUCTS)
    done = batch.validate(
        suite,
        result_format={"result_format": "COMPLETE", "unexpected_index_column_names": ["line"]},
    )
    bad = set()
    for result in done.results:
        rule = f"{result.expectation_config.kwargs.get('column')}: {result.expectation_config.type}"
        bad |= {(int(at["line"]), rule) for at in result.result.get("unexpected_index_list") or ()}
    return bad
