"""Events of visitors: their fields, from which columns, imports and the API are derived, and consent, granted or denied for a purpose, as
in the consent mode of GA4."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, fields
from enum import StrEnum
from typing import Annotated, Any, Literal, TypeAlias, get_args, get_type_hints

ValueType: TypeAlias = Literal[
    "id",
    "text",  # free text
    "label",  # a short text from a small set of values
    "event_type",
    "time",  # microseconds since 1970, UTC
    "integer",
    "int32",
    "number",
    "currency",  # ISO 4217
    "consent",  # granted, denied
]


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """The type of the values of a field, and limits of numbers."""

    type: ValueType
    minimum: float | None = None
    maximum: float | None = None
    is_minimum_excluded: bool = False


@dataclass(frozen=True, slots=True)
class EventField:
    """One field of events."""

    name: str
    spec: FieldSpec
    is_required: bool


def event_fields(event_class: type[Any]) -> tuple[EventField, ...]:
    """The fields of :class:`baihuo.core.Event`, or of a dataclass derived from it, in order.

    Columns of event files (``core.tables``), columns of imported files (``connect``) and the events of
    the API (``serve``) are derived from this list.

    Raises:
        TypeError: a field is not annotated with exactly one :class:`FieldSpec`.
    """
    hints = get_type_hints(event_class, include_extras=True)
    return tuple(
        EventField(
            field.name,
            _spec_of(field.name, hints[field.name]),
            is_required=field.default is MISSING and field.default_factory is MISSING,
        )
        for field in fields(event_class)
    )


def _spec_of(name: str, hint: Any) -> FieldSpec:
    found = list(_specs_in(hint))
    if len(found) != 1:
        raise TypeError(
            f"the field {name} needs one FieldSpec, as in Annotated[str, FieldSpec('id')]"
        )
    return found[0]


def _specs_in(hint: Any) -> list[FieldSpec]:
    specs = [m for m in getattr(hint, "__metadata__", ()) if isinstance(m, FieldSpec)]
    return specs + [spec for argument in get_args(hint) for spec in _specs_in(argument)]


Consent: TypeAlias = Literal["granted", "denied"]

CONSENT_FIELDS = ("consent_analytics", "consent_personalization")
"""The consent fields of events. Events refused for either purpose are not used for training or the visitor's pages."""


def is_consented(event: Any, *, absent: Consent) -> bool:
    """Whether an event may be learned from.

    Args:
        event: An event, or another object with the :data:`CONSENT_FIELDS`.
        absent: The meaning of an empty field.
    """
    return all((getattr(event, name) or absent) == "granted" for name in CONSENT_FIELDS)


def consented_sql(absent: str) -> str:
    """Return SQL for :func:`is_consented` over rows of events.

    Args:
        absent: As above; or a placeholder for it.
    """
    return " AND ".join(f"coalesce({name}, '{absent}') = 'granted'" for name in CONSENT_FIELDS)


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

    # The only list of event fields; others are derived from it by :func:`event_fields`.
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
