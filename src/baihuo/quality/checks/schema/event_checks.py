"""The checks of events: values that cannot be true."""

from __future__ import annotations

from baihuo.core import EventType
from baihuo.quality.checks.schema.currencies import as_written_right, is_no_currency
from baihuo.quality.checks.schema.predicates import is_longer, is_no_id
from baihuo.quality.spec import Check

_EVENT_TYPES = ", ".join(f"'{t}'" for t in EventType)
PRODUCT_EVENT_TYPES = (
    "'impression', 'click', 'add_to_cart', 'remove_from_cart', 'purchase', 'cancel', 'review'"
)
_QUANTITY_EVENT_TYPES = ("purchase", "cancel", "add_to_cart", "remove_from_cart")
IDS = ("event_id", "visitor_id", "session_id", "query_id", "product_id", "variant_id", "order_id")
_HAS_LONG_ID = " OR ".join(is_longer(name, "{max_id_chars}") for name in IDS)

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
        predicate=is_no_id("event_id"),
        version="2",
        why="without an id (or with a word such as null for one) a retry looks like a second event",
        fix="leave the column out and the importer makes stable ids, or fill it",
    ),
    Check(
        name="no_visitor",
        step="schema",
        on="events",
        action="quarantine",
        predicate=is_no_id("visitor_id"),
        version="3",
        why="it has no visitor, or a word such as null for one",
        fix="send a visitor or cookie id with every event",
    ),
    Check(
        name="no_product",
        step="schema",
        on="events",
        action="quarantine",
        predicate=f"{is_no_id('product_id')} AND event_type IN ({PRODUCT_EVENT_TYPES})",
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
                *(is_longer(name, "{max_text_chars}") for name in ("query_text", "text")),
            ]
        ),
        why="an id or a text is longer than people and systems write: a shifted column or an attack",
        fix="look for an unclosed quote in the source file near this line",
        version="2",
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
        why="ratings go from 1 to 5",
        fix="scale the source's ratings to 1…5; 0 often means not rated: send none",
        version="2",
    ),
    Check(
        name="misplaced_value",
        step="schema",
        on="events",
        action="note",
        why="two of its labels (platform, device, country, language) are usual values of other columns (quarantine where they did not just "
        "change places: a whole line slipped)",
        fix="look at the order of columns in what writes the file; quote cells that hold the separator",
        version="3",
    ),
    Check(
        name="label_form",
        step="schema",
        on="events",
        action="repair",
        why="it says a country or a language by name where nearly all rows have its code, or a label in other case than they do",
        fix="send the codes of ISO 3166 and ISO 639; write labels in one place for all trackers",
        version="3",
    ),
    Check(
        name="visitor_form",
        step="schema",
        on="events",
        action="repair",
        field="visitor_id",
        why="its visitor's id stands in quotes, in JSON or beside a word, and the same session has it plain",
        fix="read the id out of the cookie or the object before it is sent, in one place for all trackers",
        version="3",
    ),
    Check(
        name="null_word",
        step="schema",
        on="events",
        action="repair",
        why="a word that stands for nothing (null, undefined, N/A, 无) joins rows that have nothing in common; it is left out",
        fix="send the field empty, or not at all, where there is no value",
        version="2",
    ),
)
