"""The endpoint that takes events."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Body, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from baihuo.access import Scope
from baihuo.core import Event, Surface
from baihuo.events import Belief
from baihuo.monitor import Metrics
from baihuo.serve.api.access import access_of
from baihuo.serve.api.batch_validation import (
    LISTED,
    MAX_ROWS,
    Rejected,
    refuse_batch,
    validate_in_slices,
)
from baihuo.serve.api.dependencies import MetricsDep, StrictRoute, WorkerDep, problems
from baihuo.serve.api.event_models import EventIn, event_of
from baihuo.serve.api.event_sender import FOR_SERVERS, believed, with_visitor
from baihuo.serve.api.ubi import is_ubi, ubi_event
from baihuo.serve.api.ubi_models import UbiEvent, UbiQuery
from baihuo.serve.ids import now_us

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
    metrics: MetricsDep,
) -> Response:
    """Keeps the valid rows and reports the others. Responds when the kept rows are on the disk.

    Idempotent by event id and sender: the same batch, sent again, changes nothing. UBI rows have no id; a hash of
    their content takes its place.
    """
    received_at_us = now_us()

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

    validated = await validate_in_slices(batch.events, parse)
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
        _count_types(metrics, validated.kept)
    result = EventsKept(
        n_new=appended.n_new,
        n_known=appended.n_known,
        n_rejected=validated.n_rejected,
        rejected=validated.rejected,
        n_not_listed=validated.n_not_listed,
    )
    return Response(result.model_dump_json(), media_type="application/json")


def _count_types(metrics: Metrics, events: Sequence[Event]) -> None:
    counts = Counter((event.event_type.value, _surface_of(event)) for event in events)
    for (event_type, surface), n in counts.items():
        metrics.by_type.labels(event_type, surface).inc(n)


def _surface_of(event: Event) -> str:
    return event.surface if event.surface in _SURFACES else "other" if event.surface else ""


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
