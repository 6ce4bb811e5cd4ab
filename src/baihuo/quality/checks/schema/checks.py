"""Values that can be true at all.

A wrong cell beside the point of its row is blanked ("not known"), so that one bad number does not
cost a true click. A row that is wrong in its very point goes to quarantine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pyarrow as pa

from baihuo.core import EventType
from baihuo.engine import Source, parquet_files, text_ranges
from baihuo.quality.checks.json_object import is_no_object
from baihuo.quality.checks.rowwise import rowwise
from baihuo.quality.checks.schema.currencies import as_written_right, is_no_currency
from baihuo.quality.checks.schema.misplaced import average_ratings, misplaced_values
from baihuo.quality.checks.schema.null_words import (
    is_null_id,
    is_null_label,
    is_null_query,
    is_null_review,
    is_null_text,
    is_null_title,
    may_be_null_id,
    words_of,
)
from baihuo.quality.checks.schema.settings import SchemaRules
from baihuo.quality.checks.schema.titles import titles_of_nothing
from baihuo.quality.checks.schema.variants import bad_variant_prices
from baihuo.quality.findings import FindingsStore
from baihuo.quality.spec import Check, CheckContext, CheckResult, On, Step

_EVENT_TYPES = ", ".join(f"'{t}'" for t in EventType)
_PRODUCT_EVENT_TYPES = (
    "'impression', 'click', 'add_to_cart', 'remove_from_cart', 'purchase', 'cancel', 'review'"
)
_QUANTITY_EVENT_TYPES = ("purchase", "cancel", "add_to_cart", "remove_from_cart")
_IDS = ("event_id", "visitor_id", "session_id", "query_id", "product_id", "variant_id", "order_id")


def _is_longer(column: str, limit: str) -> str:
    """SQL: bytes are counted already, characters have to be, so that is asked of long texts only."""
    return f"(strlen({column}) > {limit} AND length({column}) > {limit})"


_LABELS = ("country", "region", "language", "platform", "device")
_MOST_OF_LABEL = (
    0.05  # of all rows; a commoner word is the name that a source gives what it does not know
)
_HAS_LONG_ID = " OR ".join(_is_longer(name, "{max_id_chars}") for name in _IDS)
# not a space of any width, a tab, a control or an invisible character
_HAS_VISIBLE = r"regexp_matches({}, '[^\s\pZ\pC]')"


def _is_blank(column: str) -> str:
    """SQL: nothing that a person sees. A first character of printed ASCII saves the pattern, which is slow."""
    is_ascii = f"coalesce(ascii({column}) BETWEEN 33 AND 126, false)"
    return f"({column} IS NULL OR (NOT {is_ascii} AND NOT {_HAS_VISIBLE.format(column)}))"


def _is_no_id(column: str) -> str:
    return f"({_is_blank(column)} OR {{null_{column}}})"


def _is_no_title(column: str) -> str:
    return f"({_is_blank(column)} OR {is_null_title(column)})"


_HAS_NO_TITLE = f"{_is_no_title('title_en')} AND {_is_no_title('title_zh')}"

EVENT_CHECKS = (
    Check(
        name="unknown_type",
        step="schema",
        on="events",
        action="quarantine",
        field="event_type",
        predicate=f"event_type IS NULL OR event_type NOT IN ({_EVENT_TYPES})",
        why="it is of no event type that this shop knows",
        fix="map the source's name to one of ours when importing",
    ),
    Check(
        name="no_event_id",
        step="schema",
        on="events",
        action="quarantine",
        predicate=_is_no_id("event_id"),
        version="2",
        why="without an id (or with a word such as null for one) a retry looks like a second event",
        fix="leave the column out and the importer makes stable ids, or fill it",
    ),
    Check(
        name="no_visitor",
        step="schema",
        on="events",
        action="quarantine",
        predicate=f"{_is_no_id('visitor_id')} OR (visitor_id = '0' AND {{zero_is_nobody}})",
        version="2",
        why="it has no visitor, or a word such as null for one",
        fix="send a visitor or cookie id with every event",
    ),
    Check(
        name="no_product",
        step="schema",
        on="events",
        action="quarantine",
        predicate=f"{_is_no_id('product_id')} AND event_type IN ({_PRODUCT_EVENT_TYPES})",
        version="2",
        why="an event of this type is about a product, and none is named, or only a word such as null",
        fix="send product_id; a page view without a product is a dwell or a search",
    ),
    Check(
        name="huge_value",
        step="schema",
        on="events",
        action="quarantine",
        predicate=" OR ".join(
            [
                _HAS_LONG_ID,
                *(_is_longer(name, "{max_text_chars}") for name in ("query_text", "text")),
            ]
        ),
        why="an id or a text is longer than people and systems write: a shifted column or an attack (a search of a "
        "thousand characters, a page that was pasted, is left out)",
        fix="look for an unclosed quote in the source file near this line",
    ),
    Check(
        name="bad_quantity",
        step="schema",
        on="events",
        action="repair",
        field="quantity",
        fatal_for=_QUANTITY_EVENT_TYPES,
        predicate="quantity < 1 OR quantity > {max_quantity}",
        why="nobody buys or returns so many",
        fix="send units as a positive number; a return is an event of type cancel",
    ),
    Check(
        name="bad_price",
        step="schema",
        on="events",
        action="repair",
        field="price_minor",
        predicate="price_minor < 0 OR price_minor > {max_price_minor}",
        why="no unit costs this",
        fix="send the price of one unit; discounts and corrections are not purchases",
    ),
    Check(
        name="bad_currency",
        step="schema",
        on="events",
        action="repair",
        field="currency",
        replacement=as_written_right(),
        predicate=is_no_currency(),
        why="it is not an ISO 4217 code",
        fix="send three capital letters: CNY, EUR, USD",
        version="2",
    ),
    Check(
        name="bad_position",
        step="schema",
        on="events",
        action="repair",
        field="position",
        predicate="position < 1 OR position > {max_position}",
        why="positions start at 1, and no page is this long",
        fix="count from 1 at the top of the first page",
    ),
    Check(
        name="bad_propensity",
        step="schema",
        on="events",
        action="repair",
        field="propensity",
        predicate="NOT (propensity > 0 AND propensity <= 1)",
        why="a probability of being placed lies above 0 and not above 1",
        fix="send the propensity that was served with the page, or none",
    ),
    Check(
        name="bad_dwell",
        step="schema",
        on="events",
        action="repair",
        field="dwell_ms",
        fatal_for=("dwell",),
        predicate="dwell_ms < 0 OR dwell_ms > {max_dwell_hours} * 3600000",
        why="time on a page is not negative, and a tab left open is not reading",
        fix="stop the clock when the page is hidden, and send milliseconds",
    ),
    Check(
        name="bad_rating",
        step="schema",
        on="events",
        action="repair",
        field="rating",
        fatal_for=("review",),
        predicate="NOT (rating >= 1 AND rating <= 5)",
        why="ratings go from 1 to 5 (a note of a fraction among whole stars: an average, and nobody's own)",
        fix="scale the source's ratings to 1…5; 0 often means not rated: send none",
    ),
    Check(
        name="misplaced_value",
        step="schema",
        on="events",
        action="note",
        why="its value belongs to another column or another type of event (quarantine where a whole line slipped: "
        "several of its labels are those of other columns)",
        fix="look at the order of columns in what writes the file; quote cells that hold the separator",
    ),
    Check(
        name="null_word",
        step="schema",
        on="events",
        action="repair",
        why="a word that stands for nothing (null, undefined, N/A, 无) joins rows that have nothing in common; it is left out",
        fix="send the field empty, or not at all, where there is no value",
    ),
)

PRODUCT_CHECKS = (
    Check(
        name="no_product_id",
        step="schema",
        on="products",
        action="quarantine",
        predicate=_is_no_id("product_id"),
        version="2",
        why="nothing can point at it: it has no id, or a word such as null for one",
        fix="fill product_id",
    ),
    Check(
        name="no_title",
        step="schema",
        on="products",
        action="quarantine",
        predicate=_HAS_NO_TITLE,
        version="2",
        why="a product without a title can be neither found nor shown; a word for null or for a test is none (a note where it is "
        "a number or a code alone, or a link for postage)",
        fix="fill a title in one language",
    ),
    Check(
        name="huge_listing",
        step="schema",
        on="products",
        action="quarantine",
        predicate="length(product_id) > {max_id_chars} OR length(title_en) > {max_text_chars} "
        "OR length(title_zh) > {max_text_chars}",
        why="an id or a title (or a description, left out) is longer than people write: a shifted column or an attack",
        fix="look for an unclosed quote in the source file near this line",
    ),
    Check(
        name="bad_listing_price",
        step="schema",
        on="products",
        action="repair",
        field="price_minor",
        predicate="price_minor < 0 OR price_minor > {max_price_minor}",
        why="nothing is sold at this price; it is withheld until somebody sets it (of one variant: that value alone)",
        fix="send the price in the smallest unit of its currency",
    ),
    Check(
        name="bad_listing_currency",
        step="schema",
        on="products",
        action="repair",
        field="currency",
        replacement=as_written_right(),
        predicate=is_no_currency(),
        why="it is not an ISO 4217 code",
        fix="send three capital letters: CNY, EUR, USD",
        version="2",
    ),
    Check(
        name="bad_stock",
        step="schema",
        on="products",
        action="repair",
        field="stock_units",
        replacement="0",
        predicate="stock_units < 0",
        why="stock below zero was oversold: there is none",
        fix="send what can be sold now",
    ),
    Check(
        name="bad_attributes",
        step="schema",
        on="products",
        action="repair",
        field="attributes",
        replacement="'{{}}'",
        predicate=is_no_object("attributes"),
        why="its attributes are not a JSON object, so no filter could read them",
        fix="send a JSON object of name to text, number or true/false",
        version="2",
    ),
    Check(
        name="null_word_in_listing",
        step="schema",
        on="products",
        action="repair",
        why="a word that stands for nothing (null, N/A, 暂无, 待补充) would be shown and searched as text; it is left out",
        fix="leave the field empty where there is no value",
    ),
)
CHECKS = EVENT_CHECKS + PRODUCT_CHECKS
_NULL_WORDS: dict[On, dict[str, str]] = {
    "events": {
        **{name: is_null_id(name) for name in _IDS},
        "query_text": is_null_query("query_text"),
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
        "text": f"(text IS NOT NULL AND {is_null_review('text')})",
        "product_id": f"{{null_product_id}} AND event_type NOT IN ({_PRODUCT_EVENT_TYPES})",
    },
    "products": {
        "title_en": f"{is_null_title('title_en')} AND NOT {_is_no_title('title_zh')}",
        "title_zh": f"{is_null_title('title_zh')} AND NOT {_is_no_title('title_en')}",
        **{
            name: is_null_text(name)
            for name in ("description_en", "description_zh", "brand", "model", "category")
        },
    },
}
"""The cells beside the point of a row: what is true of one that holds a word for null."""


def _of_table(table: On) -> tuple[Check, ...]:
    """The checks of a table's rows, that of null words once for each cell."""
    checks = EVENT_CHECKS if table == "events" else PRODUCT_CHECKS
    longer = _QUERIES if table == "events" else _DESCRIPTIONS
    cells = _NULL_CELLS[table].items()
    return (
        *checks[:-1],
        *(replace(checks[-1], field=name, predicate=predicate) for name, predicate in cells),
        *longer,
    )


def _zero_is_nobody(findings: FindingsStore) -> bool:
    """Whether no other visitor is called by a digit: a shop that counts its visitors from 0 has a first one."""
    n_others = findings.tables.sql(
        f"SELECT count(*) AS n FROM {findings.rows('visitor_id')} "
        "WHERE visitor_id IN ('1', '2', '3', '4', '5', '6', '7', '8', '9')",
        out=None,
        **findings.inputs(),
    )["n"]
    return bool(n_others[0].as_py() == 0)


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


_DESCRIPTIONS = tuple(
    replace(
        next(check for check in PRODUCT_CHECKS if check.name == "huge_listing"),
        action="repair",  # a product stays without its description
        field=name,
        predicate=f"length({name}) > {{max_description_chars}}",
    )
    for name in ("description_en", "description_zh")
)


_QUERIES = (
    replace(
        next(check for check in EVENT_CHECKS if check.name == "huge_value"),
        action="repair",  # the visit stays without what was pasted into its search
        field="query_text",
        predicate=f"{_is_longer('query_text', '{max_query_chars}')} AND length(query_text) <= {{max_text_chars}}",
    ),
)


def find(findings: FindingsStore, settings: SchemaRules, context: CheckContext) -> CheckResult:
    """Rows with values that cannot be true."""
    checks, values = context.running(_of_table(findings.table)), settings.sql()
    predicates = " ".join(check.predicate or "" for check in checks)
    patterns = {
        name: sql.format()
        for name, sql in _NULL_WORDS[findings.table].items()
        if f"{{null_{name}}}" in predicates
    }
    if findings.table == "events":
        patterns |= _words_for_null(findings, patterns)
    values |= {f"null_{name}": sql for name, sql in patterns.items()}
    if "{zero_is_nobody}" in predicates:
        values["zero_is_nobody"] = str(_zero_is_nobody(findings)).lower()
    selects = [rowwise(checks, findings, values)]
    if findings.table == "events":
        if context.runs("misplaced_value"):
            selects += misplaced_values(findings)
        if context.runs("bad_rating"):
            selects += average_ratings(findings)
        return CheckResult(selects=selects)
    if context.runs("no_title"):
        selects.append(titles_of_nothing(findings))
    inputs: Mapping[str, Source] = {}
    if context.runs("bad_listing_price"):
        of_variants, inputs = bad_variant_prices(findings, settings)
        selects += of_variants
    return CheckResult(selects=selects, inputs=inputs)


STEP = Step(name="schema", settings=SchemaRules, checks=CHECKS, detectors=(find,))
