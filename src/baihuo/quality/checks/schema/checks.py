"""Values that can be true at all.

A wrong cell that is not the point of its row is blanked ("not known"), so that one bad number does not
cost a true click. A row that is wrong in its very point goes to quarantine.
"""

from __future__ import annotations

from dataclasses import replace

from pydantic import Field, PositiveFloat, PositiveInt

from baihuo.core import EventType
from baihuo.engine import sql_file, sql_text
from baihuo.quality.checks.rowwise import rowwise
from baihuo.quality.checks.schema.currencies import as_written_right, is_no_currency
from baihuo.quality.checks.schema.labels import (
    cells_of_other_types,
    label_combinations,
    label_forms,
    misplaced_values,
)
from baihuo.quality.checks.schema.null_words import (
    is_no_id,
    is_no_title,
    is_null_id,
    is_null_label,
    is_null_text,
    is_null_title,
    is_null_typed,
)
from baihuo.quality.checks.schema.variants import bad_variant_prices
from baihuo.quality.entries import read_checks
from baihuo.quality.finding_sql import finding_sql
from baihuo.quality.findings import FindingsStore
from baihuo.quality.limits import Limits, Share
from baihuo.quality.spec import Check, CheckContext, CheckResult, On, Step


class SchemaRules(Limits):
    """Values that can be true at all."""

    warn_above: Share | None = 0.01
    stop_above: Share | None = 0.1
    max_quantity: PositiveInt = Field(default=100_000, le=10**9)  # units in one line
    max_price_minor: PositiveInt = Field(default=10**11, le=10**15)
    max_position: PositiveInt = 10_000
    max_dwell_hours: PositiveFloat = Field(default=12, le=8_760)  # longer is a tab left open
    max_id_chars: PositiveInt = 256
    max_text_chars: PositiveInt = 20_000
    max_description_chars: PositiveInt = 200_000  # a longer one is a file in a cell, and left out


_IDS = ("event_id", "visitor_id", "session_id", "query_id", "product_id", "variant_id", "order_id")
_LABELS = ("country", "region", "language", "platform", "device")
_TYPES_OF_A_PRODUCT = (
    "'impression', 'click', 'add_to_cart', 'remove_from_cart', 'purchase', 'cancel', 'review'"
)
_MOST_OF_LABEL = (
    0.05  # of all rows; a commoner word is the name that a source gives what it does not know
)
_WRAPPED_VISITORS = sql_file(__file__, "wrapped_visitors")


def _is_longer(column: str, limit: str) -> str:
    """SQL: bytes are counted already, characters have to be, so that is asked of long texts only."""
    return f"(strlen({column}) > {limit} AND length({column}) > {limit})"


CHECKS = read_checks(
    __file__,
    "schema",
    event_types=", ".join(f"'{event_type}'" for event_type in EventType),
    types_of_a_product=_TYPES_OF_A_PRODUCT,
    has_long_cell=" OR ".join(
        [
            *(_is_longer(name, "{max_id_chars}") for name in _IDS),
            *(_is_longer(name, "{max_text_chars}") for name in ("query_text", "text")),
        ]
    ),
    no_currency=is_no_currency(),
    currency_as_written_right=as_written_right(),
    # an object begins with a brace; json_type would raise an error on a text that is no JSON
    no_object=r"NOT (json_valid(attributes) AND left(ltrim(attributes, E' \t\n\r'), 1) = chr(123))",
    **{f"no_{name}": is_no_id(name) for name in ("event_id", "visitor_id", "product_id")},
    **{f"no_{name}": is_no_title(name) for name in ("title_en", "title_zh")},
)
_NULL_CELLS: dict[On, dict[str, str]] = {
    "events": {
        **{n: is_null_id(n) for n in ("session_id", "query_id", "variant_id", "order_id")},
        **{name: is_null_typed(name) for name in ("query_text", "text")},
        "product_id": f"{is_null_id('product_id')} AND event_type NOT IN ({_TYPES_OF_A_PRODUCT})",
        **{name: f"{{null_{name}}}" for name in _LABELS},
    },
    "products": {
        "title_en": f"{is_null_title('title_en')} AND NOT {is_no_title('title_zh')}",
        "title_zh": f"{is_null_title('title_zh')} AND NOT {is_no_title('title_en')}",
        **{
            name: is_null_text(name)
            for name in ("description_en", "description_zh", "brand", "model", "category")
        },
    },
}
"""The cells that are not the point of a row: what is true of one that holds a word for null."""


def _rowwise_checks(table: On) -> tuple[Check, ...]:
    """The checks of a table's rows, that of null words once for each cell; a product stays without a huge description."""
    by_name = {check.name: check for check in CHECKS if check.on == table}
    word = by_name.pop("null_word" if table == "events" else "null_word_in_listing")
    checks = [*by_name.values()]
    checks += [replace(word, field=n, predicate=sql) for n, sql in _NULL_CELLS[table].items()]
    if table == "products":
        for name in ("description_en", "description_zh"):
            predicate = f"length({name}) > {{max_description_chars}}"
            huge = by_name["huge_listing"]
            checks.append(replace(huge, action="repair", field=name, predicate=predicate))
    return tuple(checks)


def _null_labels(findings: FindingsStore) -> dict[str, str]:
    """SQL by label: whether it is a word for null. One that a column has often is the name that a source gives what it does not know."""
    most = max(1.0, _MOST_OF_LABEL * findings.n_left)
    # each word once before the pattern sees it: few are on many rows
    rare = " UNION ALL ".join(
        f"SELECT '{name}' AS field, {name} AS word FROM {findings.rows(name)} GROUP BY {name} HAVING count(*) <= {most}"
        for name in _LABELS
    )
    rare = f"SELECT * FROM ({rare}) WHERE {is_null_label('word').format()} ORDER BY field, word"
    found = findings.tables.sql(rare, out=None, **findings.inputs()).to_pylist()
    words = {n: [sql_text(row["word"]) for row in found if row["field"] == n] for n in _LABELS}
    return {n: f"{n} IN ({', '.join(of)})" if of else "false" for n, of in words.items()}


def find(findings: FindingsStore, settings: SchemaRules, context: CheckContext) -> CheckResult:
    """Rows with values that cannot be true."""
    checks, values = context.running(_rowwise_checks(findings.table)), settings.sql()
    if findings.table == "events" and context.runs("null_word"):
        values |= {f"null_{name}": sql for name, sql in _null_labels(findings).items()}
    selects, inputs = rowwise(checks, findings, values)
    if findings.table == "events":
        combinations = (
            label_combinations(findings) if context.runs("misplaced_value", "label_form") else []
        )
        if context.runs("misplaced_value"):
            selects += misplaced_values(findings, combinations)
            selects += cells_of_other_types(findings)
        if context.runs("label_form"):
            selects += label_forms(findings, combinations)
        if context.runs("visitor_form") and "session_id" not in findings.empty:
            wrapped = _WRAPPED_VISITORS(rows=findings.rows("visitor_id", "session_id"))
            check = next(check for check in checks if check.name == "visitor_form")
            selects.append(finding_sql(wrapped, check, new="new"))
    elif context.runs("bad_listing_price"):
        of_variants, of_prices = bad_variant_prices(findings, settings.max_price_minor)
        selects, inputs = selects + of_variants, inputs | of_prices
    return CheckResult(selects=selects, inputs=inputs)


STEP = Step(name="schema", settings=SchemaRules, checks=CHECKS, detectors=(find,))
