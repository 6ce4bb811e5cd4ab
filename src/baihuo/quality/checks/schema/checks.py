"""Values that can be true at all.

A wrong cell beside the point of its row is blanked ("not known"), so that one bad number does not
cost a true click. A row that is wrong in its very point goes to quarantine.
"""

from __future__ import annotations

from baihuo.core import EventType
from baihuo.quality.checks.json_object import is_no_object
from baihuo.quality.checks.rowwise import rowwise
from baihuo.quality.checks.schema.settings import SchemaRules
from baihuo.quality.engine.findings import FindingsStore
from baihuo.quality.spec import Check, CheckContext, CheckResult, On, Step

_EVENT_TYPES = ", ".join(f"'{t}'" for t in EventType)
_PRODUCT_EVENT_TYPES = (
    "'impression', 'click', 'add_to_cart', 'remove_from_cart', 'purchase', 'cancel', 'review'"
)
_QUANTITY_EVENT_TYPES = ("purchase", "cancel", "add_to_cart", "remove_from_cart")
_IDS = ("event_id", "visitor_id", "session_id", "query_id", "product_id", "variant_id", "order_id")
_HAS_LONG_ID = " OR ".join(f"length({name}) > {{max_id_chars}}" for name in _IDS)
_CURRENCY = "CASE WHEN regexp_full_match(upper(trim(currency)), '[A-Z][A-Z][A-Z]') THEN upper(trim(currency)) END"
# not a space of any width, a tab, a control or an invisible character
_HAS_VISIBLE = r"regexp_matches({}, '[^\s\pZ\pC]')"


def _is_blank(column: str) -> str:
    """SQL: nothing that a person sees. A first character of printed ASCII saves the pattern, which is slow."""
    is_ascii = f"coalesce(ascii({column}) BETWEEN 33 AND 126, false)"
    return f"({column} IS NULL OR (NOT {is_ascii} AND NOT {_HAS_VISIBLE.format(column)}))"


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
        predicate=_is_blank("event_id"),
        why="without an id a retry looks like a second event",
        fix="leave the column out and the importer makes stable ids, or fill it",
    ),
    Check(
        name="no_visitor",
        step="schema",
        on="events",
        action="quarantine",
        predicate=_is_blank("visitor_id"),
        why="it has no visitor",
        fix="send a visitor or cookie id with every event",
    ),
    Check(
        name="no_product",
        step="schema",
        on="events",
        action="quarantine",
        predicate=f"{_is_blank('product_id')} AND event_type IN ({_PRODUCT_EVENT_TYPES})",
        why="an event of this type is about a product, and none is named",
        fix="send product_id; a page view without a product is a dwell or a search",
    ),
    Check(
        name="huge_value",
        step="schema",
        on="events",
        action="quarantine",
        predicate=f"{_HAS_LONG_ID} OR length(query_text) > {{max_text_chars}} OR length(text) > {{max_text_chars}}",
        why="an id or a text is longer than people and systems write: a shifted column or an attack",
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
        replacement=_CURRENCY,
        predicate="NOT regexp_full_match(currency, '[A-Z][A-Z][A-Z]')",
        why="it is not an ISO 4217 code",
        fix="send three capital letters: CNY, EUR, USD",
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
        why="ratings go from 1 to 5",
        fix="scale the source's ratings to 1…5; 0 often means not rated: send none",
    ),
)

PRODUCT_CHECKS = (
    Check(
        name="no_product_id",
        step="schema",
        on="products",
        action="quarantine",
        predicate=_is_blank("product_id"),
        why="nothing can point at it",
        fix="fill product_id",
    ),
    Check(
        name="no_title",
        step="schema",
        on="products",
        action="quarantine",
        predicate=f"{_is_blank('title_en')} AND {_is_blank('title_zh')}",
        why="a product without a title can be neither found nor shown",
        fix="fill a title in one language",
    ),
    Check(
        name="huge_listing",
        step="schema",
        on="products",
        action="quarantine",
        predicate="length(product_id) > {max_id_chars} OR length(title_en) > {max_text_chars} "
        "OR length(title_zh) > {max_text_chars}",
        why="an id or a title is longer than people write: a shifted column or an attack",
        fix="look for an unclosed quote in the source file near this line",
    ),
    Check(
        name="bad_listing_price",
        step="schema",
        on="products",
        action="repair",
        field="price_minor",
        predicate="price_minor < 0 OR price_minor > {max_price_minor}",
        why="nothing is sold at this price; it is withheld until somebody sets it",
        fix="send the price in the smallest unit of its currency",
    ),
    Check(
        name="bad_listing_currency",
        step="schema",
        on="products",
        action="repair",
        field="currency",
        replacement=_CURRENCY,
        predicate="NOT regexp_full_match(currency, '[A-Z][A-Z][A-Z]')",
        why="it is not an ISO 4217 code",
        fix="send three capital letters: CNY, EUR, USD",
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
)
CHECKS = EVENT_CHECKS + PRODUCT_CHECKS
_CHECKS_BY_TABLE: dict[On, tuple[Check, ...]] = {"events": EVENT_CHECKS, "products": PRODUCT_CHECKS}


def find(findings: FindingsStore, settings: SchemaRules, context: CheckContext) -> CheckResult:
    """Rows with values that cannot be true."""
    checks = _CHECKS_BY_TABLE[findings.table]
    return CheckResult(selects=[rowwise(checks, findings, settings.sql())])


STEP = Step(name="schema", settings=SchemaRules, checks=CHECKS, detectors=(find,))
