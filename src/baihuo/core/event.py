"""One fact about one visitor."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class EventType(StrEnum):
    """What happened. The names are the field's; UBI names map onto them at the edge."""

    IMPRESSION = "impression"
    CLICK = "click"
    DWELL = "dwell"
    ADD_TO_CART = "add_to_cart"
    REMOVE_FROM_CART = "remove_from_cart"
    PURCHASE = "purchase"
    CANCEL = "cancel"
    REVIEW = "review"
    SEARCH = "search"
    AD_IMPRESSION = "ad_impression"
    AD_CLICK = "ad_click"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One fact about one visitor. Never edited, only appended.

    ``query_id`` joins the event to the page we served, and through that page to the bundle,
    position and propensity behind it. Imported history has none: it teaches taste, not position.
    """

    event_id: str
    event_type: EventType
    visitor_id: str
    occurred_at_us: int  # the visitor's clock, UTC: may be late or wrong
    received_at_us: int  # our clock, UTC: the order of replay
    session_id: str | None = None
    query_id: str | None = None
    query_text: str | None = None
    product_id: str | None = None
    variant_id: str | None = None
    order_id: str | None = None
    surface: str | None = None  # search, home, similar, …
    position: int | None = None  # 1 is the top of the page
    propensity: float | None = None  # P(placed here | logging policy); None where there is none
    price_minor: int | None = None  # for one unit, in the smallest unit of ``currency``
    currency: str | None = None  # ISO 4217
    quantity: int | None = None  # units; never negative: a return is a ``cancel``
    dwell_ms: int | None = None
    rating: float | None = None  # 1 to 5
    text: str | None = None  # a review's words, masked on import
    platform: str | None = None  # web, app, …
    device: str | None = None
    country: str | None = None
