"""What visitors did, coming in."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Body, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from baihuo.core import Event
from baihuo.serve.api.batch_validation import (
    LISTED,
    MAX_ROWS,
    Rejected,
    refuse_batch,
    validate_batch,
)
from baihuo.serve.api.dependencies import MetricsDep, StrictRoute, WorkerDep, problems
from baihuo.serve.api.event_models import EventIn, event_of
from baihuo.serve.api.ubi import UbiEvent, UbiQuery, is_ubi, ubi_event
from baihuo.serve.ids import now_us

router = APIRouter(prefix="/v1", tags=["events"], route_class=StrictRoute)


class EventsIn(BaseModel):
    """A batch: rows of any of the three kinds, mixed as they come."""

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
    """What became of a batch, said when the kept rows are on the disk."""

    n_new: int = Field(description="Rows written now")
    n_known: int = Field(description="Rows whose id was known already: nothing was written")
    n_rejected: int = Field(description="Rows that could not be kept")
    rejected: list[Rejected] = Field(default=[], description=LISTED)
    n_not_listed: int = Field(default=0, description="Rejected rows left out of `rejected`")


_EXAMPLES = {
    "ours": {
        "summary": "A click of ours",
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
        "summary": "A click and a query of UBI 1.3",
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
    responses={200: {"model": EventsKept}, **problems(413, 422, 500)},
    summary="Events, in batches",
)
async def take_events(
    request: Request,
    batch: Annotated[EventsIn, Body(openapi_examples=_EXAMPLES)],
    worker: WorkerDep,
    metrics: MetricsDep,
) -> Response:
    """Keeps the good rows and names the bad ones; answers when what was kept is on the disk.

    Idempotent by event id: a batch sent again changes nothing. UBI rows, which have no id, are known
    again by their content.
    """
    received_at_us = now_us()

    def read(row: object) -> Event:
        return (ubi_event if is_ubi(row) else event_of)(row, received_at_us)

    validated = validate_batch(batch.events, read)
    metrics.events.labels("rejected").inc(validated.n_rejected)
    if not validated.kept:
        return refuse_batch(request, validated)
    appended = await asyncio.wrap_future(worker.log.submit(validated.kept))
    worker.wake()
    metrics.events.labels("new").inc(appended.n_new)
    metrics.events.labels("known").inc(appended.n_known)
    answer = EventsKept(
        n_new=appended.n_new,
        n_known=appended.n_known,
        n_rejected=validated.n_rejected,
        rejected=validated.rejected,
        n_not_listed=validated.n_not_listed,
    )
    return Response(answer.model_dump_json(), media_type="application/json")
