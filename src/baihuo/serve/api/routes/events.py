"""The endpoint that takes events: the model that a row must keep to, the :class:`Event` it becomes, and what is believed of it by who
sent it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Body, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, create_model

from baihuo.access import Scope
from baihuo.core import Event, EventType, FieldSpec, Surface, ValueType, event_fields
from baihuo.events import Belief, distinct_id
from baihuo.monitor import Metrics
from baihuo.serve.api.access import UNSIGNED, NotAllowed, Sender, access_of, sign_fix
from baihuo.serve.api.batch_validation import (
    LISTED,
    MAX_ROWS,
    BadField,
    Rejected,
    refuse_batch,
    validate_in_slices,
)
from baihuo.serve.api.dependencies import StrictRoute, WorkerDep, problems
from baihuo.serve.api.fields import (
    ConsentIn,
    ConsentState,
    Count,
    Currency,
    Id,
    LongText,
    ShortText,
    with_consent,
)
from baihuo.serve.api.ubi import UbiEvent, UbiQuery, is_ubi, ubi_event
from baihuo.serve.ids import now_us

_SET_BY_SERVER = "received_at_us"
_DEFAULTS_TO_ARRIVAL = "occurred_at_us"
_DESCRIPTIONS = {
    "occurred_at_us": "The visitor's clock, UTC; left out: the time of arrival",
    "query_id": "The id of the page on which it happened",
    "position": "1 is the top of the page",
    "consent_analytics": "What the visitor agreed to: that what they do may be measured",
    "consent_personalization": "That their pages may be ordered by what they did. An event that was refused either is not learned from",
}
_EXAMPLE: dict[str, Any] = {
    "event_id": "e-1",
    "event_type": "click",
    "visitor_id": "v-17",
    "query_id": "0193…",
    "product_id": "p-1",
    "surface": "search",
    "position": 3,
}
_ABOUT_A_PRODUCT = frozenset(
    {
        EventType.IMPRESSION,
        EventType.CLICK,
        EventType.DWELL,
        EventType.ADD_TO_CART,
        EventType.REMOVE_FROM_CART,
        EventType.PURCHASE,
        EventType.REVIEW,
    }
)


def _number(spec: FieldSpec) -> Any:
    ge, gt = (None, spec.minimum) if spec.is_minimum_excluded else (spec.minimum, None)
    return Annotated[float, Field(ge=ge, gt=gt, le=spec.maximum)]


def _int32(spec: FieldSpec) -> Any:
    minimum = -(2**31) if spec.minimum is None else int(spec.minimum)
    return Annotated[int, Field(ge=minimum, le=2**31 - 1)]


_MODEL_TYPES: dict[ValueType, Callable[[FieldSpec], Any]] = {
    "id": lambda _: Id,
    "text": lambda _: LongText,
    "label": lambda _: ShortText,
    "event_type": lambda _: EventType,
    "time": lambda _: Count,
    "integer": lambda _: Count,
    "int32": _int32,
    "number": _number,
    "currency": lambda _: Currency,
    "consent": lambda _: ConsentState,
}


def event_model(event_class: type[Event]) -> type[BaseModel]:
    """The model of events as clients send them: every field but the server's clock."""
    definitions: dict[str, Any] = {}
    for field in event_fields(event_class):
        if field.name == _SET_BY_SERVER:
            continue
        value_type = _MODEL_TYPES[field.spec.type](field.spec)
        if field.is_required and field.name != _DEFAULTS_TO_ARRIVAL:
            definitions[field.name] = (value_type, ...)
        else:
            description = _DESCRIPTIONS.get(field.name)
            definitions[field.name] = (
                value_type | None,
                Field(default=None, description=description),
            )
    definitions["consent"] = (
        ConsentIn | None,
        Field(default=None, description="The same as GA4's consent mode says it"),
    )
    return create_model(
        "EventIn",
        __config__=ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE]}),
        __doc__="One event. The same ``event_id``, sent again, changes nothing.\n\n"
        "``received_at_us`` is not a field: it is the server's clock.",
        __module__=__name__,
        **definitions,
    )


EventIn = event_model(Event)


def event_of(row: object, received_at_us: int) -> Event:
    """The event of a row.

    Raises:
        ValidationError: a field is missing, misspelt or out of range.
        BadField: a field is missing that events of this type need.
    """
    values = dict(vars(EventIn.model_validate(row)))
    values = with_consent(values, values.pop("consent"))
    event_type = values["event_type"]
    if event_type in _ABOUT_A_PRODUCT and values["product_id"] is None:
        raise BadField(
            "product_id",
            None,
            what=f"{event_type} is about a product, and the row names none",
            fix="add product_id",
        )
    if event_type is EventType.SEARCH and values["query_text"] is None:
        raise BadField(
            "query_text", None, what="a search has words, which may be empty", fix="add query_text"
        )
    if event_type is EventType.CANCEL and values["order_id"] is values["product_id"] is None:
        raise BadField(
            "order_id",
            None,
            what="a cancellation names an order or a product",
            fix="add order_id, product_id or both",
        )
    if values[_DEFAULTS_TO_ARRIVAL] is None:
        values[_DEFAULTS_TO_ARRIVAL] = received_at_us
    return Event(**values, received_at_us=received_at_us)


FOR_SERVERS = frozenset({EventType.PURCHASE, EventType.CANCEL})


def with_visitor(row: object, sender: Sender) -> object:
    """The row, with the visitor of the request's cookie where it names none."""
    if sender.cookie_id is None or not isinstance(row, dict):
        return row
    name = "client_id" if is_ubi(row) else "visitor_id"
    return row if row.get(name) else {**row, name: sender.cookie_id}


class Believed(NamedTuple):
    """An event as it may be stored, and whether its sender proved when it happened."""

    event: Event
    is_timely: bool


def believed(event: Event, sender: Sender, *, late_minutes: float) -> Believed:
    """The event of the visitor whom its signed id stands for, with an id of this visitor's: strangers cannot use up the ids of the
    shop's own events, nor each other's.

    Raises:
        BadField: the visitor id is not signed, a browser reports what only the shop's server knows, or what happened long ago.
    """
    if event.event_type in FOR_SERVERS and not sender.is_shop:
        raise BadField(
            "event_type",
            event.event_type.value,
            what=f"a {event.event_type.value} is taken from the shop's own server only",
            fix=f"send it from there, with a key of the scope {sender.needed}",
        )
    given = event.visitor_id
    is_timely = sender.is_shop or sender.access.tokens.is_of_server(given)
    if not is_timely and event.occurred_at_us < event.received_at_us - late_minutes * 60e6:
        raise BadField(
            "occurred_at_us",
            event.occurred_at_us,
            what="it came long after it happened, and anybody could have made up when that was",
            fix=f"set the clock, or send it within {late_minutes:g} minutes; later, {sign_fix(sender.needed)}",
        )
    visitor_id = given
    if given != sender.cookie_id:
        try:
            visitor_id = sender.visitor(given)
        except NotAllowed:
            raise BadField(
                "visitor_id", given, what=UNSIGNED, fix=sign_fix(sender.needed)
            ) from None
    event_id = event.event_id
    if not sender.is_shop:
        event_id = distinct_id(event_id, visitor_id)
    if (visitor_id, event_id) != (given, event.event_id):
        event = replace(event, visitor_id=visitor_id, event_id=event_id)
    return Believed(event, is_timely)


_SURFACES = frozenset(s.value for s in Surface)

router = APIRouter(prefix="/v1", tags=["events"], route_class=StrictRoute)


class EventsIn(BaseModel):
    """A batch. Rows of the three kinds may be mixed."""

    model_config = ConfigDict(extra="forbid")

    events: list[Any] = Field(
        min_length=1,
        max_length=MAX_ROWS,
        json_schema_extra={
            "items": {
                "anyOf": [
                    {"$ref": f"#/components/schemas/{m.__name__}"}
                    for m in (EventIn, UbiEvent, UbiQuery)
                ]
            }
        },
    )


class EventsKept(BaseModel):
    """The result of a batch. The kept rows are on the disk when it is sent."""

    n_new: int = Field(description="Rows that are new")
    n_known: int = Field(description="Rows whose id is known: nothing was written")
    n_rejected: int = Field(description="Rows that are not valid")
    rejected: list[Rejected] = Field(default=[], description=LISTED)
    n_not_listed: int = Field(default=0, description="Rejected rows that `rejected` leaves out")


_EXAMPLES = {
    "ours": {
        "summary": "A click in the format of baihuo",
        "value": {
            "events": [
                {
                    "event_id": "e-1",
                    "event_type": "click",
                    "visitor_id": "v-17",
                    "query_id": "0193a1b2c3d4-5f60718293a4b5c6d7e8",
                    "product_id": "p-1",
                    "surface": "search",
                    "position": 3,
                }
            ]
        },
    },
    "ubi": {
        "summary": "A click and a query in UBI 1.3",
        "value": {
            "events": [
                {
                    "action_name": "click",
                    "timestamp": "2026-11-13T20:20:39Z",
                    "client_id": "v-17",
                    "event_attributes": {
                        "object": {"object_id": "p-1"},
                        "position": {"ordinal": 3},
                    },
                },
                {"user_query": "usb hub", "client_id": "v-17", "query_id": "q-1"},
            ]
        },
    },
}


@router.post(
    "/events",
    responses={200: {"model": EventsKept}, **problems(413, 422, 500, 503, 507)},
    summary="Events, in batches",
)
async def take_events(
    request: Request,
    batch: Annotated[EventsIn, Body(openapi_examples=_EXAMPLES)],
    worker: WorkerDep,
) -> Response:
    """Keeps the valid rows and reports the others. Responds when the kept rows are on the disk.

    Idempotent by event id and sender: the same batch, sent again, changes nothing. UBI rows have no id; a hash of
    their content takes its place.
    """
    received_at_us = now_us()
    metrics: Metrics = request.app.state.metrics
    sender = access_of(request).sender(request, Scope.EVENTS)
    timely: set[str] = set()

    def parse(row: object) -> Event:
        named = with_visitor(row, sender)
        event = (ubi_event if is_ubi(named) else event_of)(named, received_at_us)
        late_minutes = request.app.state.bursts.settings.late_minutes
        event, is_timely = believed(event, sender, late_minutes=late_minutes)
        event = worker.pseudonyms.event(event)
        if is_timely and event.occurred_at_us < received_at_us:
            timely.add(event.event_id)
        return event

    validated = await validate_in_slices(batch.events, parse, is_gone=request.is_disconnected)
    metrics.events.labels("rejected").inc(validated.n_rejected)
    if not validated.kept:
        return refuse_batch(request, validated)
    beliefs = _beliefs(request, validated.kept)
    submitted = worker.log.submit(validated.kept, beliefs=beliefs, timely=timely)
    appended = await asyncio.wrap_future(submitted)
    worker.wake()
    metrics.events.labels("new").inc(appended.n_new)
    metrics.events.labels("known").inc(appended.n_known)
    if not appended.n_known:  # of a batch that was sent again, which rows are new is not known here
        counts: Counter[tuple[str, str]] = Counter()
        for event in validated.kept:
            known = event.surface if event.surface in _SURFACES else "other"
            counts[event.event_type.value, known if event.surface else ""] += 1
        for labels, n in counts.items():
            metrics.by_type.labels(*labels).inc(n)
    result = EventsKept(
        n_new=appended.n_new,
        n_known=appended.n_known,
        n_rejected=validated.n_rejected,
        rejected=validated.rejected,
        n_not_listed=validated.n_not_listed,
    )
    return Response(result.model_dump_json(), media_type="application/json")


def _beliefs(request: Request, events: list[Event]) -> dict[str, Belief]:
    """Events that came in a burst of one address are doubted: kept as all others, and counted for all visitors once they were
    checked. Orders that come with a key are the shop's own word.
    """
    state, key = request.app.state, access_of(request).find(request)
    doubted = state.bursts.doubted(
        events,
        address=state.addresses.client(request.client.host if request.client else None),
        key=None if key is None else key.name,
    )
    beliefs = dict.fromkeys(doubted, Belief.DOUBTED)
    if key is not None and key.allows(Scope.EVENTS):
        orders = (event.event_id for event in events if event.event_type in FOR_SERVERS)
        beliefs |= dict.fromkeys(orders, Belief.VOUCHED)
    return beliefs
