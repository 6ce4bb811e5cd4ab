"""Types the columns of a block of products, by one SQL query for each block (events: ``event_typing.py``).

Three levels: ``g_x`` is the given cell (empty is null), ``m_x`` its typed value, ``error`` the index of the
first row error that refuses the row, ``withheld`` the errors that only withhold a value (as bits). A cell with content
that has no valid value is an error. An unreadable price, stock or time of a listing costs the row that value; an unreadable currency costs it price and currency,
because an amount of unknown currency is no price.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from baihuo.connect import value_sql
from baihuo.connect.column_matching import FIELDS, Field
from baihuo.connect.row_validation import RowError, error_number_sql, withheld_bits_sql
from baihuo.connect.rows import Kind

_HAN = r"[\x{3400}-\x{4DBF}\x{4E00}-\x{9FFF}\x{F900}-\x{FAFF}]"  # core.has_han
_REQUIRED = {
    "visitor_id": (
        "no_visitor",
        "name the visitor; without one the row says nothing about anyone's preferences",
    ),
    "occurred_at_us": ("no_time", "give the time, as in 2024-05-01T12:30:00Z"),
    "event_type": ("no_event_type", "give the type: click, add_to_cart, purchase, …"),
    "product_id": ("no_product_id", "give the product its id"),
}
WITHHOLDS: dict[str, tuple[str, ...]] = {
    "price": ("price_minor",),
    "price_minor": ("price_minor",),
    "currency": ("currency", "price_minor"),
    "stock_units": ("stock_units",),
    "released_at_us": ("released_at_us",),
    "updated_at_us": ("updated_at_us",),
}


@dataclass(frozen=True, slots=True)
class Typing:
    """The query over ``rows`` (the block, with ``__line__``), and the row errors it numbers."""

    sql: str
    errors: tuple[RowError, ...]


def compile_typing(
    sources: Mapping[str, str],
    schema: pa.Schema,
    *,
    currency: str | None,
    facts: value_sql.Facts,
    extra_errors: tuple[RowError, ...] = (),
) -> Typing:
    """Compile the query of one block.

    Args:
        sources: Our field → the block's column.
        schema: The block's columns and types.
        currency: For prices without a currency.
        facts: Facts about the cells of the block.
        extra_errors: Errors found outside SQL; they get the numbers after those of the query.
    """
    raw_sql, values_sql, errors = ["__line__"], ["*"], []
    for field in FIELDS["products"]:
        source = sources.get(field.name)
        if source is None:
            continue
        arrow = schema.field(source).type
        column = '"' + source.replace('"', '""') + '"'
        if value_sql.is_text(arrow):
            column = f"nullif({column}, '')"
        raw_sql.append(f"{column} AS g_{field.name}")
        value = value_sql.value_of(field, arrow, source, facts)
        if field.type == "money":
            value = value_sql.money(value, arrow, *_currency(sources, currency, facts))
        if field.type == "currency" and currency:
            named = f"CASE WHEN g_currency IS NULL THEN '{currency}' ELSE {value.sql} END"
            value = value_sql.Value(named, value.fix, value.reason)
        values_sql.append(f"{value.sql} AS m_{field.name}")
        if value.reason is not None:
            predicate = f"m_{field.name} IS NULL AND g_{field.name} IS NOT NULL"
            withholds = WITHHOLDS.get(field.name, ())
            errors.append(
                RowError(field.name, source, value.reason, value.fix, predicate, withholds)
            )
    errors = [*required_errors("products", sources), *errors]
    out = _products_out(sources)
    if amount := next((f"m_{n}" for n in ("price", "price_minor") if n in sources), None):
        if "currency" in sources:
            amount = f"CASE WHEN m_currency IS NOT NULL OR g_currency IS NULL THEN {amount} END"
        out.append(f"{amount} AS price_minor")
    if "currency" not in sources and currency:
        out.append(f"'{currency}' AS currency")
    sql = (
        f"SELECT __line__ AS line, {', '.join(out)}, {error_number_sql(errors)} AS error,"
        f" {withheld_bits_sql(errors)} AS withheld FROM"
        f" (SELECT {', '.join(values_sql)} FROM (SELECT {', '.join(raw_sql)} FROM rows))"
    )
    return Typing(sql, (*errors, *extra_errors))


def _currency(
    sources: Mapping[str, str], currency: str | None, facts: value_sql.Facts
) -> tuple[str | None, frozenset[str]]:
    """SQL for the currency of a row, and the currencies that occur."""
    constant = f"'{currency}'" if currency else None
    may_be = facts.currencies | ({currency} if currency else set())
    if "currency" not in sources:
        return constant, may_be
    return f"coalesce(g_currency, {constant})" if constant else "g_currency", may_be


def required_errors(kind: Kind, sources: Mapping[str, str]) -> list[RowError]:
    """The errors of rows that lack what their kind must have."""
    errors = []
    for field in FIELDS[kind]:
        if field.is_required:
            reason, fix = _REQUIRED[field.name]
            # An id may be present and mean none ("nan"); such a time is a bad time.
            level = "m" if field.type == "id" else "g"
            predicate = f"{level}_{field.name} IS NULL"
            errors.append(RowError(field.name, sources[field.name], reason, fix, predicate))
    titles = [t for t in ("title", "title_en", "title_zh") if t in sources]
    if kind == "products":
        predicate = " AND ".join(f"g_{t} IS NULL" for t in titles)
        fix = "give the product a title in some language"
        errors.append(RowError("title", sources[titles[0]], "no_title", fix, predicate))
    return errors


def _value_columns(
    fields: tuple[Field, ...], sources: Mapping[str, str], special: set[str]
) -> list[str]:
    special = special | {"price", "price_minor"}
    names = [f.name for f in fields if f.name in sources and f.name not in special]
    return [f"m_{n} AS {n}" for n in names]


def _products_out(sources: Mapping[str, str]) -> list[str]:
    out = []
    for stem in ("title", "description"):
        for language, test in (("en", "NOT "), ("zh", "")):
            parts = [f"m_{stem}_{language}"] if f"{stem}_{language}" in sources else []
            if stem in sources:
                text = f"m_{stem}"
                parts.append(f"CASE WHEN {test}regexp_matches({text}, '{_HAN}') THEN {text} END")
            if parts:
                out.append(f"coalesce({', '.join(parts)}) AS {stem}_{language}")
    special = {f"{s}{e}" for s in ("title", "description") for e in ("", "_en", "_zh")}
    return out + _value_columns(FIELDS["products"], sources, special)
