"""Events and queries of User Behavior Insights (UBI) 1.3, and the :class:`Event` that each becomes."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from baihuo.core import Consent, Event, EventType
from baihuo.serve.api.batch_validation import BadField
from baihuo.serve.api.fields import ConsentIn

# UBI leaves the names of actions open. These are the names that its collectors use.
ACTIONS = {
    "impression": EventType.IMPRESSION,
    "click": EventType.CLICK,
    "item_click": EventType.CLICK,
    "view": EventType.CLICK,  # the page of the product was opened
    "watch": EventType.DWELL,
    "dwell": EventType.DWELL,
    "add_to_cart": EventType.ADD_TO_CART,
    "remove_from_cart": EventType.REMOVE_FROM_CART,
    "purchase": EventType.PURCHASE,
    "search": EventType.SEARCH,
    "on_search": EventType.SEARCH,
}


def is_ubi(row: object) -> bool:
    """Whether a row is of UBI: it has an action name or a user query."""
    return (
        isinstance(row, dict)
        and "event_type" not in row
        and ("action_name" in row or "user_query" in row)
    )


def ubi_event(row: object, received_at_us: int) -> Event:
    """The event of a row of UBI.

    UBI events have no id. The id is a hash of the content, so that a row that is sent again changes
    nothing; two equal rows are one event.

    Raises:
        ValidationError: the row does not keep to the schema.
        BadField: the action has no event type, or the row names no visitor or no product.
    """
    assert isinstance(row, dict)  # ``is_ubi`` is true of it
    canonical = orjson.dumps(row, option=orjson.OPT_SORT_KEYS)
    event_id = "ubi-" + hashlib.blake2b(canonical, digest_size=16).hexdigest()
    if "action_name" not in row:
        return _from_query(UbiQuery.model_validate(row), event_id, received_at_us)
    return _from_event(UbiEvent.model_validate(row), event_id, received_at_us)


def _from_query(row: UbiQuery, event_id: str, received_at_us: int) -> Event:
    consent = _consent(row.query_attributes)
    return Event(
        event_id=event_id,
        event_type=EventType.SEARCH,
        visitor_id=_visitor(row.client_id, None, None),
        occurred_at_us=received_at_us if row.timestamp is None else _us(row.timestamp),
        received_at_us=received_at_us,
        query_id=row.query_id,
        query_text=row.user_query,
        surface="search",
        consent_analytics=consent.get("consent_analytics"),
        consent_personalization=consent.get("consent_personalization"),
    )


def _from_event(row: UbiEvent, event_id: str, received_at_us: int) -> Event:
    event_type = ACTIONS.get(row.action_name)
    if event_type is None:
        raise BadField(
            "action_name",
            row.action_name,
            what="no event type corresponds to this action",
            fix=f"use one of {', '.join(ACTIONS)}, or leave such rows out",
        )
    product = row.event_attributes.object if row.event_attributes else None
    if event_type is not EventType.SEARCH and product is None:
        raise BadField(
            "event_attributes.object",
            None,
            what=f"{row.action_name} is about a product",
            fix="add event_attributes.object.object_id",
        )
    consent = _consent(row.event_attributes)
    position = row.event_attributes.position if row.event_attributes else None
    query_text = row.user_query
    if event_type is EventType.SEARCH and query_text is None:
        query_text = row.message or ""  # where Chorus and others put the typed words
    return Event(
        event_id=event_id,
        event_type=event_type,
        visitor_id=_visitor(row.client_id, row.user_id, row.session_id),
        occurred_at_us=_us(row.timestamp),
        received_at_us=received_at_us,
        session_id=row.session_id or None,
        query_id=row.query_id or None,
        query_text=query_text,
        product_id=str(product.object_id)
        if product and event_type is not EventType.SEARCH
        else None,
        # Some collectors count from 0. A position of 0 is ambiguous, and dropped.
        position=position.ordinal
        if position and position.ordinal and position.ordinal > 0
        else None,
        surface="search" if row.query_id else None,
        consent_analytics=consent.get("consent_analytics"),
        consent_personalization=consent.get("consent_personalization"),
    )


def _consent(attributes: UbiAttributes | UbiQueryAttributes | None) -> dict[str, Consent]:
    """What the attributes say of consent."""
    given = attributes.consent if attributes else None
    return given.event_fields() if given else {}


def _visitor(client_id: str | None, user_id: str | None, session_id: str | None) -> str:
    visitor = client_id or user_id or session_id
    if not visitor:
        raise BadField(
            "client_id",
            visitor,
            what="the row names no visitor",
            fix="add client_id (the browser), user_id or session_id",
        )
    return visitor


def _us(moment: datetime) -> int:
    elapsed = moment - datetime(1970, 1, 1, tzinfo=UTC)
    us = (elapsed.days * 86_400 + elapsed.seconds) * 1_000_000 + elapsed.microseconds
    if us < 0:
        raise BadField("timestamp", moment, what="before 1970", fix="send the time of the event")
    return us


# Models of events and queries of User Behavior Insights (UBI) 1.3.
#
# They follow ``event.schema.json`` and ``query.request.schema.json`` of that version. A field
# that is null counts as left out: collectors send ``"message": null``, which the published schema
# forbids.


_Name = Annotated[str, StringConstraints(max_length=100)]
_Words = Annotated[str, StringConstraints(max_length=10_000)]  # UBI sets no limit


def _moment(value: object) -> object:
    """Parse ISO 8601. A time without a zone is UTC."""
    if not isinstance(value, str):
        raise ValueError("a timestamp must be a string; write it in ISO 8601: 2018-11-13T20:20:39Z")
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError("not ISO 8601; write it as in 2018-11-13T20:20:39Z") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


Moment = Annotated[
    datetime,
    BeforeValidator(_moment),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]


def _texts(value: object) -> object:
    """One error for a list, whatever the number of wrong items."""
    if isinstance(value, list) and not all(isinstance(item, str) for item in value):
        raise ValueError("an item is not a string; send ids as strings")
    return value


_Ids = Annotated[list[str], BeforeValidator(_texts)]


class _Ubi(BaseModel):
    model_config = ConfigDict(extra="allow")

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, value: Any) -> Any:
        if isinstance(value, dict):
            return {k: v for k, v in value.items() if v is not None}
        return value


class UbiObject(_Ubi):
    """The object of an action."""

    object_id: Annotated[str, StringConstraints(max_length=256)] | int
    object_id_type: _Name | None = None
    object_id_field: _Name | None = None
    internal_id: Annotated[str, StringConstraints(max_length=256)] | int | None = None


class UbiXy(_Ubi):
    """A point on the screen."""

    x: float
    y: float


class UbiPosition(_Ubi):
    """A position: the nth result, or a point on the screen, and not both."""

    ordinal: int | None = Field(default=None, strict=True)
    xy: UbiXy | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> UbiPosition:
        if (self.ordinal is None) == (self.xy is None):
            raise ValueError("a position has ordinal or xy, one of them; send one")
        return self


class UbiAttributes(_Ubi):
    """The object and the position of an event."""

    object: UbiObject | None = None
    position: UbiPosition
    consent: ConsentIn | None = None  # ours: UBI leaves other attributes open


class UbiEvent(_Ubi):
    """An event of UBI 1.3."""

    action_name: _Name
    timestamp: Moment
    application: _Name | None = None
    query_id: _Name | None = None
    session_id: _Name | None = None
    client_id: _Name | None = None
    user_id: _Name | None = None
    message_type: _Name | None = None
    message: Annotated[str, StringConstraints(max_length=1024)] | None = None
    user_query: _Words | None = None
    event_attributes: UbiAttributes | None = None


class UbiQueryAttributes(_Ubi):
    """The attributes of a query, which UBI leaves open."""

    consent: ConsentIn | None = None


class UbiQuery(_Ubi):
    """A query of UBI 1.3."""

    user_query: _Words
    application: _Name | None = None
    query_id: _Name | None = None
    client_id: _Name | None = None
    query_attributes: UbiQueryAttributes | None = None
    object_id_field: _Name | None = None
    timestamp: Moment | None = None
    query_response_id: str | None = None
    query_response_hit_ids: _Ids | None = None
