"""Values that can be true at all.

A wrong cell beside the point of its row is blanked ("not known"), so that one bad number does not
cost a true click. A row that is wrong in its very point goes to quarantine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pyarrow as pa

from baihuo.core import EventType
from baihuo.engine import parquet_files, sql_file, text_ranges
from baihuo.quality.check_files import read_checks
from baihuo.quality.checks.json_object import is_no_object
from baihuo.quality.checks.rowwise import rowwise
from baihuo.quality.checks.schema.currencies import as_written_right, is_no_currency
from baihuo.quality.checks.schema.labels import (
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
    may_be_null_id,
    words_of,
)
from baihuo.quality.checks.schema.settings import SchemaRules
from baihuo.quality.checks.schema.variants import bad_variant_prices
from baihuo.quality.findings import FindingsStore
from baihuo.quality.spec import Check, CheckContext, CheckResult, On, Step

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
    no_object=is_no_object("attributes"),
    **{f"no_{name}": is_no_id(name) for name in ("event_id", "visitor_id", "product_id")},
    **{f"no_{name}": is_no_title(name) for name in ("title_en", "title_zh")},
)
_NULL_WORDS: dict[On, dict[str, str]] = {
    "events": {
        **{name: is_null_id(name) for name in _IDS},
        "query_text": is_null_typed("query_text"),
        **{name: is_null_label(name) for name in _LABELS},
    },
    "products": {"product_id": is_null_id("product_id")},
}
"""What is true of a word for null in an id or a query. Predicates name it ``{null_COLUMN}``."""
_NULL_CELLS: dict[On, dict[str, str]] = {
    "events": {
        **{
            name: f"{{null_{name}}}"
            for name in (
                *("session_id", "query_id", "variant_id", "order_id", "query_text"),
                *_LABELS,
            )
        },
        "text": f"(text IS NOT NULL AND {is_null_typed('text')})",
        "product_id": f"{{null_product_id}} AND event_type NOT IN ({_TYPES_OF_A_PRODUCT})",
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
"""The cells beside the point of a row: what is true of one that holds a word for null."""


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


def _words_for_null(findings: FindingsStore, patterns: Mapping[str, str]) -> dict[str, str]:
    """Shorter SQL for the columns of events whose values come again: each value is looked at once, not in each row,
    and none where no value can be such a word.

    Finding the distinct values takes a third of the time of the pattern; of event ids, all distinct, it takes twice it.
    """
    possible = [name for name in patterns if _may_hold_words_for_null(findings, name)]
    columns = [name for name in possible if name != "event_id"]
    never = {name: "false" for name in patterns if name not in possible}
    if not columns:
        return never
    distinct = " UNION ALL ".join(
        f"SELECT '{name}' AS field, {name} AS word FROM ({_values_of(findings, name)}) WHERE {patterns[name]}"
        for name in columns
    )
    found = findings.tables.sql(
        f"{distinct} ORDER BY field, word", out=None, **findings.inputs()
    ).to_pylist()
    words = {name: [row["word"] for row in found if row["field"] == name] for name in columns}
    return never | {name: words_of(words[name], name, patterns[name]) for name in columns}


def _values_of(findings: FindingsStore, column: str) -> str:
    """SQL of the distinct values of a column; of a label only of those that are few."""
    rows = _cells(findings, column)
    if column not in _LABELS:
        return f"SELECT DISTINCT {column} FROM {rows}"
    most = max(1.0, _MOST_OF_LABEL * findings.n_left)
    return f"SELECT {column} FROM {rows} GROUP BY {column} HAVING count(*) <= {most}"


def _may_hold_words_for_null(findings: FindingsStore, column: str) -> bool:
    """False where the statistics of the raw files say no: ids often have a letter before their number."""
    if isinstance(findings.raw, pa.Table) or column in findings.repaired:
        return True
    ranges = text_ranges(parquet_files(findings.raw), column)
    return ranges is None or may_be_null_id(ranges)


def _cells(findings: FindingsStore, column: str) -> str:
    """Where to look for a column's values: words in rows that are gone do no harm, so the raw rows will do."""
    return findings.rows(column) if column in findings.repaired else "raw"


def find(findings: FindingsStore, settings: SchemaRules, context: CheckContext) -> CheckResult:
    """Rows with values that cannot be true."""
    checks, values = context.running(_rowwise_checks(findings.table)), settings.sql()
    predicates = " ".join(check.predicate or "" for check in checks)
    patterns = {
        name: sql.format()
        for name, sql in _NULL_WORDS[findings.table].items()
        if f"{{null_{name}}}" in predicates
    }
    if findings.table == "events":
        patterns |= _words_for_null(findings, patterns)
    values |= {f"null_{name}": sql for name, sql in patterns.items()}
    selects = [rowwise(checks, findings, values)]
    if findings.table == "events":
        combinations = (
            label_combinations(findings) if context.runs("misplaced_value", "label_form") else []
        )
        if context.runs("misplaced_value"):
            selects += misplaced_values(findings, combinations)
        if context.runs("label_form"):
            selects += label_forms(findings, combinations)
        if context.runs("visitor_form") and "session_id" not in findings.empty:
            selects.append(_WRAPPED_VISITORS(rows=findings.rows("visitor_id", "session_id")))
        return CheckResult(selects=selects)
    if not context.runs("bad_listing_price"):
        return CheckResult(selects=selects)
    of_variants, inputs = bad_variant_prices(findings, settings)
    return CheckResult(selects=selects + of_variants, inputs=inputs)


STEP = Step(name="schema", settings=SchemaRules, checks=CHECKS, detectors=(find,))
