"""One fact about one visitor."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from baihuo.core.event_fields import FieldSpec

_Id = Annotated[str, FieldSpec("id")]
_Text = Annotated[str, FieldSpec("text")]
_Label = Annotated[str, FieldSpec("label")]
_Time = Annotated[int, FieldSpec("time")]
_Integer = Annotated[int, FieldSpec("integer")]


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

    # The only list of an event's fields: core/event_fields.py says what is made from it.
    event_id: _Id
    event_type: Annotated[EventType, FieldSpec("event_type")]
    visitor_id: _Id
    occurred_at_us: _Time  # the visitor's clock, UTC: may be late or wrong
    received_at_us: _Time  # our clock, UTC: the order of replay
    session_id: _Id | None = None
    query_id: _Id | None = None
    query_text: _Text | None = None
    product_id: _Id | None = None
    variant_id: _Id | None = None
    order_id: _Id | None = None
    surface: _Label | None = None  # search, home, similar, …
    # 1 is the top of the page
    position: Annotated[int, FieldSpec("int32", minimum=1)] | None = None
    # P(placed here | logging policy); None where there is none
    propensity: (
        Annotated[float, FieldSpec("number", minimum=0, maximum=1, is_minimum_excluded=True)] | None
    ) = None
    price_minor: _Integer | None = None  # for one unit, in the smallest unit of ``currency``
    currency: Annotated[str, FieldSpec("currency")] | None = None  # ISO 4217
    quantity: _Integer | None = None  # units; never negative: a return is a ``cancel``
    dwell_ms: _Integer | None = None
    rating: Annotated[float, FieldSpec("number", minimum=1, maximum=5)] | None = None
    text: _Text | None = None  # a review's words, masked on import
    platform: _Label | None = None  # web, app, …
    device: _Label | None = None
    country: _Label | None = None
