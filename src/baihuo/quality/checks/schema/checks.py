"""Values that can be true at all.

A wrong cell beside the point of its row is blanked ("not known"), so that one bad number does not
cost a true click; a row whose very point is wrong goes to quarantine.
"""

from __future__ import annotations

from baihuo.core import EventType
from baihuo.quality.checks.rowwise import rowwise
from baihuo.quality.checks.schema.settings import SchemaRules
from baihuo.quality.engine.findings import FindingsStore
from baihuo.quality.spec import Check, CheckContext, CheckResult, On, Step

_TYPES = ", ".join(f"'{t}'" for t in EventType)
_OF_A_PRODUCT = (
    "'impression', 'click', 'add_to_cart', 'remove_from_cart', 'purchase', 'cancel', 'review'"
)
_IDS = ("event_id", "visitor_id", "session_id", "query_id", "product_id", "variant_id", "order_id")
_LONG_ID = " OR ".join(f"length({name}) > {{max_id_chars}}" for name in _IDS)
_CART = ("purchase", "cancel", "add_to_cart", "remove_from_cart")
# Spaces of every width, tabs, control and invisible characters: a person sees nothing.
_SEEN = r"regexp_matches({}, '[^\s\pZ\pC]')"


def _is_blank(column: str) -> str:
    """Nothing that a person sees. Where the first character is ASCII and printed, no pattern is asked."""
    first = f"coalesce(ascii({column}) BETWEEN 33 AND 126, false)"
    return f"({column} IS NULL OR (NOT {first} AND NOT {_SEEN.format(column)}))"


EVENT_CHECKS = (
    Check(
        name="unknown_type",
        step="schema",
        on="events",
        then="quarantine",
        field="event_type",
        bad=f"event_type IS NULL OR event_type NOT IN ({_TYPES})",
        why="its type is none that this shop knows",
        mend="map the source's name to one of ours when importing",
    ),
    Check(
        name="no_event_id",
        step="schema",
        on="events",
        then="quarantine",
        bad=_is_blank("event_id"),
        why="without an id a retry cannot be told from a second event",
        mend="leave the column out and the importer makes stable ids, or fill it",
    ),
    Check(
        name="no_visitor",
        step="schema",
        on="events",
        then="quarantine",
        bad=_is_blank("visitor_id"),
        why="nobody did it",
        mend="send a visitor or cookie id with every event",
    ),
    Check(
        name="no_product",
        step="schema",
        on="events",
        then="quarantine",
        bad=f"{_is_blank('product_id')} AND event_type IN ({_OF_A_PRODUCT})",
        why="an event of this type is about a product, and none is named",
        mend="send product_id; a page view without a product is a dwell or a search",
    ),
    Check(
        name="huge_value",
        step="schema",
        on="events",
        then="quarantine",
        bad=f"{_LONG_ID} OR length(query_text) > {{max_text_chars}} OR length(text) > {{max_text_chars}}",
        why="an id or a text is longer than people and systems write: a shifted column or an attack",
        mend="look for an unclosed quote in the source file near this line",
    ),
    Check(
        name="bad_quantity",
        step="schema",
        on="events",
        then="repair",
        field="quantity",
        fatal_for=_CART,
        bad="quantity < 1 OR quantity > {max_quantity}",
        why="nobody buys or returns so many",
        mend="send units as a positive number; a return is an event of type cancel",
    ),
    Check(
        name="bad_price",
        step="schema",
        on="events",
        then="repair",
        field="price_minor",
        bad="price_minor < 0 OR price_minor > {max_price_minor}",
        why="no unit costs this",
        mend="send the price of one unit; discounts and corrections are not purchases",
    ),
    Check(
        name="bad_currency",
        step="schema",
        on="events",
        then="repair",
        field="currency",
        mended="CASE WHEN regexp_full_match(upper(trim(currency)), '[A-Z][A-Z][A-Z]') THEN upper(trim(currency)) END",
        bad="NOT regexp_full_match(currency, '[A-Z][A-Z][A-Z]')",
        why="it is not an ISO 4217 code",
        mend="send three capital letters: CNY, EUR, USD",
    ),
    Check(
        name="bad_position",
        step="schema",
        on="events",
        then="repair",
        field="position",
        bad="position < 1 OR position > {max_position}",
        why="positions start at 1, and no page is this long",
        mend="count from 1 at the top of the first page",
    ),
    Check(
        name="bad_propensity",
        step="schema",
        on="events",
        then="repair",
        field="propensity",
        bad="NOT (propensity > 0 AND propensity <= 1)",
        why="a probability of being placed lies above 0 and not above 1",
        mend="send the propensity that was served with the page, or none",
    ),
    Check(
        name="bad_dwell",
        step="schema",
        on="events",
        then="repair",
        field="dwell_ms",
        fatal_for=("dwell",),
        bad="dwell_ms < 0 OR dwell_ms > {max_dwell_hours} * 3600000",
        why="time on a page is not negative, and a tab left open is not reading",
        mend="stop the clock when the page is hidden, and send milliseconds",
    ),
    Check(
        name="bad_rating",
        step="schema",
        on="events",
        then="repair",
        field="rating",
        fatal_for=("review",),
        bad="NOT (rating >= 1 AND rating <= 5)",
        why="ratings go from 1 to 5",
        mend="scale the source's ratings to 1…5; 0 often means not rated: send none",
    ),
)

PRODUCT_CHECKS = (
    Check(
        name="no_product_id",
        step="schema",
        on="products",
        then="quarantine",
        bad=_is_blank("product_id"),
        why="nothing can point at it",
        mend="fill product_id",
    ),
    Check(
        name="no_title",
        step="schema",
        on="products",
        then="quarantine",
        bad=f"{_is_blank('title_en')} AND {_is_blank('title_zh')}",
        why="a product without a title can be neither found nor shown",
        mend="fill a title in one language",
    ),
    Check(
        name="huge_listing",
        step="schema",
        on="products",
        then="quarantine",
        bad="length(product_id) > {max_id_chars} OR length(title_en) > {max_text_chars} "
        "OR length(title_zh) > {max_text_chars}",
        why="an id or a title is longer than people write: a shifted column or an attack",
        mend="look for an unclosed quote in the source file near this line",
    ),
    Check(
        name="bad_listing_price",
        step="schema",
        on="products",
        then="repair",
        field="price_minor",
        bad="price_minor < 0 OR price_minor > {max_price_minor}",
        why="nothing is sold at this price; it is withheld until somebody sets it",
        mend="send the price in the smallest unit of its currency",
    ),
    Check(
        name="bad_listing_currency",
        step="schema",
        on="products",
        then="repair",
        field="currency",
        mended="CASE WHEN regexp_full_match(upper(trim(currency)), '[A-Z][A-Z][A-Z]') THEN upper(trim(currency)) END",
        bad="NOT regexp_full_match(currency, '[A-Z][A-Z][A-Z]')",
        why="it is not an ISO 4217 code",
        mend="send three capital letters: CNY, EUR, USD",
    ),
    Check(
        name="bad_stock",
        step="schema",
        on="products",
        then="repair",
        field="stock_units",
        mended="0",
        bad="stock_units < 0",
        why="stock below zero was oversold: there is none",
        mend="send what can be sold now",
    ),
    Check(
        name="bad_attributes",
        step="schema",
        on="products",
        then="repair",
        field="attributes",
        mended="'{{}}'",
        bad="NOT json_valid(attributes)",
        why="its attributes are not a JSON object, so no filter could read them",
        mend="send a JSON object of name to text, number or true/false",
    ),
)
CHECKS = EVENT_CHECKS + PRODUCT_CHECKS
_OF: dict[On, tuple[Check, ...]] = {"events": EVENT_CHECKS, "products": PRODUCT_CHECKS}


def find(ledger: FindingsStore, settings: SchemaRules, given: CheckContext) -> CheckResult:
    """Rows with values that cannot be true."""
    return CheckResult(selects=[rowwise(_OF[ledger.table], ledger, settings.sql())])


STEP = Step(name="schema", settings=SchemaRules, checks=CHECKS, finds=(find,))
