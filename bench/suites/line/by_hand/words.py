"""Units, lists of event types and pieces of SQL that several checks of the script use."""

from __future__ import annotations

US = 1_000_000

MINUTE, HOUR, DAY = 60 * US, 3_600 * US, 86_400 * US

HAND = "('click', 'dwell', 'add_to_cart', 'remove_from_cart', 'search')"

BROWSING = "('search', 'impression', 'click', 'dwell', 'add_to_cart', 'ad_impression', 'ad_click')"

OUTCOMES = "('click', 'dwell', 'add_to_cart', 'purchase')"

SHOWN = "event_type = 'impression' AND query_id IS NOT NULL AND product_id IS NOT NULL"

CONTENT = (
    "event_type, visitor_id, session_id, query_id, query_text, product_id, order_id, surface, position, "
    "price_minor, currency, quantity, dwell_ms, rating, platform, device, country"
)


def finding(rule: str, action: str, source: str, new: str = "NULL") -> str:
    return f"SELECT line, {rule} AS rule, {action} AS action, CAST({new} AS VARCHAR) AS new FROM {source}"


def union(*selects: str) -> str:
    return " UNION ALL ".join(selects)
