"""The rules of an hour in pandera."""

import warnings

import pandera.pandas as pa
from rules import lists as l

warnings.filterwarnings("ignore", message=".*has match groups")
_OF_ROWS = ("has_product", "is_listed", "has_price", "has_query")  # told once for each column


def _never(pattern: str, name: str) -> pa.Check:
    return pa.Check(lambda s: ~s.str.contains(pattern, regex=True, na=False), name=name)


def _of(types, check, name):
    return pa.Check(lambda df: ~df["event_type"].isin(types) | check(df), name=name)


EVENTS = pa.DataFrameSchema(
    {
        "event_id": pa.Column(nullable=False, checks=_never(l.NOT_A_VALUE, "event_id")),
        "event_type": pa.Column(checks=pa.Check.isin(l.EVENT_TYPES)),
        "visitor_id": pa.Column(
            nullable=False, checks=[_never(l.NOT_A_VALUE, "visitor"), pa.Check.str_length(1, 128)]
        ),
        "session_id": pa.Column(
            nullable=True, checks=_never(r"(?i)^(undefined|null|none|nan)$", "session")
        ),
        "product_id": pa.Column(nullable=True, checks=pa.Check.str_length(1, 128)),
        "price_minor": pa.Column(nullable=True, checks=pa.Check.in_range(1, 10_000_000)),
        "currency": pa.Column(nullable=True, checks=pa.Check.isin(l.CURRENCIES)),
        "is_currency_of_listing": pa.Column(checks=pa.Check.eq(True)),
        "of_listed_price": pa.Column(nullable=True, checks=pa.Check.in_range(0.2, 5)),
        "quantity": pa.Column(nullable=True, checks=pa.Check.in_range(1, 1_000)),
        "position": pa.Column(nullable=True, checks=pa.Check.in_range(1, 1_000)),
        "propensity": pa.Column(nullable=True, checks=pa.Check.in_range(0, 1, include_min=False)),
        "dwell_ms": pa.Column(nullable=True, checks=pa.Check.in_range(0, 86_400_000)),
        "rating": pa.Column(nullable=True, checks=pa.Check.in_range(1, 5)),
        "late_s": pa.Column(checks=pa.Check.in_range(-l.MINUTE_S, l.MONTH_S)),
        "nth_of_id": pa.Column(checks=pa.Check.eq(1)),
        "nth_of_content": pa.Column(checks=pa.Check.eq(1)),
        "in_minute": pa.Column(checks=pa.Check.le(60)),
        "typed": pa.Column(checks=[_never(l.E_MAIL, "e_mail"), _never(l.PHONE, "phone")]),
    },
    checks=[
        _of(l.OF_A_PRODUCT, lambda df: df["product_id"].notna(), "has_product"),
        _of(l.OF_A_PRODUCT, lambda df: df["is_listed"], "is_listed"),
        _of(
            ["purchase"], lambda df: df["price_minor"].notna() & df["quantity"].notna(), "has_price"
        ),
        _of(["search"], lambda df: df["query_text"].notna(), "has_query"),
    ],
)

PRODUCTS = pa.DataFrameSchema(
    {
        "product_id": pa.Column(nullable=False, checks=_never(l.NOT_A_VALUE, "product_id")),
        "title": pa.Column(
            nullable=False, checks=[pa.Check.str_length(3, 300), _never(l.NOT_A_VALUE, "title")]
        ),
        "title_en": pa.Column(nullable=True, checks=_never(l.HAN, "english")),
        "title_zh": pa.Column(
            nullable=True,
            checks=pa.Check(lambda s: s.isna() | s.str.contains(l.HAN), name="chinese"),
        ),
        "words": pa.Column(
            checks=[
                _never(l.MARKUP, "markup"),
                _never(l.DESTROYED, "destroyed"),
                _never(l.HIDDEN, "hidden"),
                _never(l.E_MAIL, "e_mail"),
                _never(l.PHONE, "phone"),
            ]
        ),
        "category": pa.Column(nullable=False),
        "price_minor": pa.Column(nullable=True, checks=pa.Check.in_range(1, 10_000_000)),
        "of_median_price": pa.Column(nullable=True, checks=pa.Check.in_range(0.05, 20)),
        "currency": pa.Column(nullable=True, checks=pa.Check.isin(l.CURRENCIES)),
        "stock_units": pa.Column(nullable=True, checks=pa.Check.in_range(0, 1_000_000)),
        "is_json": pa.Column(checks=pa.Check.eq(True)),
        "n_images": pa.Column(checks=pa.Check.ge(1)),
        "code_text": pa.Column(checks=pa.Check.str_matches(l.CODES)),
        "released_at_us": pa.Column(nullable=True, checks=pa.Check.in_range(l.OLDEST_US, l.NOW_US)),
        "updated_at_us": pa.Column(nullable=True, checks=pa.Check.in_range(l.OLDEST_US, l.NOW_US)),
        "nth_of_id": pa.Column(checks=pa.Check.eq(1)),
        "nth_of_code": pa.Column(checks=pa.Check.eq(1)),
        "nth_of_title": pa.Column(checks=pa.Check.eq(1)),
    }
)


def found(table: str, rows):
    """(line, rule) of every row that fails."""
    try:
        (EVENTS if table == "events" else PRODUCTS).validate(
            rows.set_index("line", drop=False), lazy=True
        )
    except pa.errors.SchemaErrors as error:
        cases = error.failure_cases
        cases = cases[cases["index"].notna()]
        return {
            (int(line), f"{column}: {check}")
            for line, column, check in zip(
                cases["index"], cases["column"], cases["check"], strict=True
            )
            if check not in _OF_ROWS or column == "line"
        }
    return set()
