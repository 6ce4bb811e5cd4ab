"""User Behavior Insights 1.3: its events and queries, and the events they become.

The models follow ``event.schema.json`` and ``query.request.schema.json`` of that version. A field
that is null counts as left out: the collectors in use send ``"message": null``, which the schema
read to the letter forbids.
"""

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

from baihuo.core import Event, EventType
from baihuo.serve.api.batch_validation import BadField

_Name = Annotated[str, StringConstraints(max_length=100)]
_Words = Annotated[str, StringConstraints(max_length=10_000)]  # UBI sets no limit; we keep them

# What UBI leaves open we map by the names that its collectors use.
ACTIONS = {
    "impression": EventType.IMPRESSION,
    "click": EventType.CLICK,
    "item_click": EventType.CLICK,
    "view": EventType.CLICK,  # the product's own page was opened
    "watch": EventType.DWELL,
    "dwell": EventType.DWELL,
    "add_to_cart": EventType.ADD_TO_CART,
    "remove_from_cart": EventType.REMOVE_FROM_CART,
    "purchase": EventType.PURCHASE,
    "search": EventType.SEARCH,
    "on_search": EventType.SEARCH,
}


def _moment(value: object) -> object:
    """ISO 8601; without a zone it is UTC, as everywhere in this house."""
    if not isinstance(value, str):
        raise ValueError("a timestamp must be text; write it in ISO 8601: 2018-11-13T20:20:39Z")
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
    """One error for a list, however many of its items are wrong."""
    if isinstance(value, list) and not all(isinstance(item, str) for item in value):
        raise ValueError("an item is not text; send the ids as text")
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
    """What was acted on."""

    object_id: Annotated[str, StringConstraints(max_length=256)] | int
    object_id_type: _Name | None = None
    object_id_field: _Name | None = None
    internal_id: Annotated[str, StringConstraints(max_length=256)] | int | None = None


class UbiXy(_Ubi):
    """A place on the screen."""

    x: float
    y: float


class UbiPosition(_Ubi):
    """Where: the nth result, or a place on the screen, and not both."""

    ordinal: int | None = Field(default=None, strict=True)
    xy: UbiXy | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> UbiPosition:
        if (self.ordinal is None) == (self.xy is None):
            raise ValueError("a position has ordinal or xy, one of them; send one")
        return self


class UbiAttributes(_Ubi):
    """What an event is about."""

    object: UbiObject | None = None
    position: UbiPosition


class UbiEvent(_Ubi):
    """An event as UBI 1.3 describes it."""

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


class UbiQuery(_Ubi):
    """A query as UBI 1.3 describes it."""

    user_query: _Words
    application: _Name | None = None
    query_id: _Name | None = None
    client_id: _Name | None = None
    query_attributes: dict[str, Any] | None = None
    object_id_field: _Name | None = None
    timestamp: Moment | None = None
    query_response_id: str | None = None
    query_response_hit_ids: _Ids | None = None


def is_ubi(row: object) -> bool:
    """Whether a row is UBI's: it names an action, or it is a user's query."""
    return (
        isinstance(row, dict)
        and "event_type" not in row
        and ("action_name" in row or "user_query" in row)
    )


def ubi_event(row: object, received_at_us: int) -> Event:
    """The event of a UBI event or query.

    UBI events have no id. The id is made from the row's content, so that sending a row again
    changes nothing; two rows equal to the last letter are one event.

    Raises:
        ValidationError: against the schema.
        BadField: an action we have no event for, or nobody and nothing to tie it to.
    """
    assert isinstance(row, dict)  # ``is_ubi`` said so
    event_id = "ubi-" + hashlib.blake2b(_canonical(row), digest_size=16).hexdigest()
    if "action_name" not in row:
        return _from_query(UbiQuery.model_validate(row), event_id, received_at_us)
    return _from_event(UbiEvent.model_validate(row), event_id, received_at_us)


def _from_query(sent: UbiQuery, event_id: str, received_at_us: int) -> Event:
    return Event(
        event_id=event_id,
        event_type=EventType.SEARCH,
        visitor_id=_visitor(sent.client_id, None, None),
        occurred_at_us=received_at_us if sent.timestamp is None else _us(sent.timestamp),
        received_at_us=received_at_us,
        query_id=sent.query_id,
        query_text=sent.user_query,
        surface="search",
    )


def _from_event(sent: UbiEvent, event_id: str, received_at_us: int) -> Event:
    kind = ACTIONS.get(sent.action_name)
    if kind is None:
        raise BadField(
            "action_name",
            sent.action_name,
            what="no event of ours means this action",
            fix=f"use one of {', '.join(ACTIONS)}, or leave such rows out",
        )
    about = sent.event_attributes.object if sent.event_attributes else None
    if kind is not EventType.SEARCH and about is None:
        raise BadField(
            "event_attributes.object",
            None,
            what=f"{sent.action_name} is about a product",
            fix="add event_attributes.object.object_id",
        )
    where = sent.event_attributes.position if sent.event_attributes else None
    words = sent.user_query
    if kind is EventType.SEARCH and words is None:
        words = sent.message or ""  # where Chorus and others put what was typed
    return Event(
        event_id=event_id,
        event_type=kind,
        visitor_id=_visitor(sent.client_id, sent.user_id, sent.session_id),
        occurred_at_us=_us(sent.timestamp),
        received_at_us=received_at_us,
        session_id=sent.session_id or None,
        query_id=sent.query_id or None,
        query_text=words,
        product_id=str(about.object_id) if about and kind is not EventType.SEARCH else None,
        # Some count from 0; a place that we cannot be sure of is worse than none.
        position=where.ordinal if where and where.ordinal and where.ordinal > 0 else None,
        surface="search" if sent.query_id else None,
    )


def _visitor(client_id: str | None, user_id: str | None, session_id: str | None) -> str:
    visitor = client_id or user_id or session_id
    if not visitor:
        raise BadField(
            "client_id",
            visitor,
            what="nothing says who it was",
            fix="add client_id (the browser), user_id or session_id",
        )
    return visitor


def _us(moment: datetime) -> int:
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    us = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    if us < 0:
        raise BadField("timestamp", moment, what="before 1970", fix="send the time of the event")
    return us


def _canonical(row: dict[str, Any]) -> bytes:
    return orjson.dumps(row, option=orjson.OPT_SORT_KEYS)
