"""Events of visitors."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from baihuo.core.consent import Consent
from baihuo.core.event_fields import FieldSpec

_Id = Annotated[str, FieldSpec("id")]
_Text = Annotated[str, FieldSpec("text")]
_Label = Annotated[str, FieldSpec("label")]
_Time = Annotated[int, FieldSpec("time")]
_Integer = Annotated[int, FieldSpec("integer")]


class EventType(StrEnum):
    """The types of events. UBI names are mapped to them by the API."""

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
    PROFILE = "profile"  # about the visitor, not about a product


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event of a visitor. Never edited, only appended.

    ``query_id`` joins the event to the served page, and through it to the bundle, the position and the
    propensity. Imported history has none.
    """

    # The only list of event fields; others are derived from it, see core/event_fields.py.
    event_id: _Id
    event_type: Annotated[EventType, FieldSpec("event_type")]
    visitor_id: _Id
    occurred_at_us: _Time  # the client's clock, UTC: may be late or wrong
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
    # P(placed here | logging policy); None: unknown
    propensity: (
        Annotated[float, FieldSpec("number", minimum=0, maximum=1, is_minimum_excluded=True)] | None
    ) = None
    price_minor: _Integer | None = None  # of one unit, in the minor unit of ``currency``
    currency: Annotated[str, FieldSpec("currency")] | None = None  # ISO 4217
    quantity: _Integer | None = None  # units; never negative, a return is a ``cancel``
    dwell_ms: _Integer | None = None
    rating: Annotated[float, FieldSpec("number", minimum=1, maximum=5)] | None = None
    text: _Text | None = None  # text of a review, masked on import
    platform: _Label | None = None  # web, app, …
    device: _Label | None = None
    country: _Label | None = None
    language: _Label | None = None  # as the client says: zh, en-GB
    region: _Label | None = None  # ISO 3166-2: CN-GD
    referrer: _Label | None = None  # the host or channel that the visitor came from
    # Declared: category names, separated by " | "; "|" alone declares none
    interests: _Text | None = None
    # Consent; None: not stated
    consent_analytics: Annotated[Consent, FieldSpec("consent")] | None = None
    consent_personalization: Annotated[Consent, FieldSpec("consent")] | None = None
