"""What a visitor says of themselves and what is known of them before the first click; all that is stored of them, and its erasure."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from baihuo.access import MAX_SIGNED_ID, Scope
from baihuo.core import CONSENT_FIELDS, NotFound, ShopError, ShopPaths, is_consented
from baihuo.monitor import as_json, as_ndjson, receipt_state, visitor_rows
from baihuo.privacy import Receipt
from baihuo.serve.api.access import NeedsScope, access_of
from baihuo.serve.api.dependencies import StrictRoute, WorkerDep, problems
from baihuo.serve.api.fields import Id, ProfileIn, ProfileOut
from baihuo.serve.ids import now_us
from baihuo.serve.worker.worker import profile_event

router = APIRouter(prefix="/v1", tags=["visitors"], route_class=StrictRoute)
_VisitorId = Annotated[
    Id, Path(description="The browser or account, signed unless a key comes with it")
]
_N_NAMED = 20  # categories that an error lists


@router.post(
    "/visitors/{visitor_id}/profile",
    responses={200: {"model": ProfileOut}, **problems(401, 422, 503)},
    summary="What a visitor says at sign-up",
)
async def keep_profile(
    request: Request, visitor_id: _VisitorId, profile: ProfileIn, worker: WorkerDep
) -> Response:
    """Keeps declared interests, region, language and so on. Responds when they are on the disk.

    The next page of this visitor, if nothing is clicked yet, is ordered by them, and training learns from them.
    Interests are names of categories of the catalogue, at any level; an empty list takes them back. An empty profile
    changes nothing.
    """
    visitor_id = access_of(request).sender(request, Scope.EVENTS).visitor(visitor_id)
    state = worker.state()
    basics = profile.basics(profile.language)
    categories = state.category_names()
    for place, name in enumerate(profile.interests):
        if name not in categories:
            raise _no_category(place, name, categories)
    if not basics:
        return _answer(visitor_id, worker)
    known = state.feature_state.basics(visitor_id)
    is_changed = basics.over(known) != known
    event = replace(
        profile_event(visitor_id, basics, now_us()),
        **{name: getattr(profile, name) for name in CONSENT_FIELDS},
    )
    changes = [event] if is_changed else []
    await asyncio.wrap_future(worker.submit(changes))  # without one: what waits is written
    if is_consented(event, absent=worker.absent_consent):
        # the next page need not wait for the log
        state.feature_state.remember(visitor_id, basics, event.received_at_us)
    worker.wake()
    return _answer(visitor_id, worker)


@router.get(
    "/visitors/{visitor_id}/profile",
    responses={200: {"model": ProfileOut}, **problems(401, 422, 503)},
    summary="What is known of a visitor before the first click",
)
async def read_profile(request: Request, visitor_id: _VisitorId, worker: WorkerDep) -> Response:
    """Everything null, and no interests, where nothing is known."""
    visitor_id = access_of(request).sender(request, Scope.SEARCH).visitor(visitor_id)
    return _answer(visitor_id, worker)


class VisitorIn(BaseModel):
    """A visitor whom the shop's own server knows."""

    model_config = ConfigDict(extra="forbid")

    visitor_id: Annotated[Id, Field(max_length=MAX_SIGNED_ID, examples=["account-17"])]


class VisitorToken(BaseModel):
    """A signed visitor id."""

    visitor_id: str = Field(
        description="As the shop stores it: with `privacy.ids: hmac`, a pseudonym"
    )
    token: str = Field(
        description="Stands for the id wherever a request names a visitor",
        examples=["account-17.q3…"],
    )


@router.post(
    "/visitors/token",
    responses={200: {"model": VisitorToken}, **problems(401, 403, 422)},
    dependencies=[Depends(NeedsScope(Scope.EVENTS))],
    summary="Sign a visitor id",
)
async def sign_visitor(request: Request, visitor: VisitorIn) -> VisitorToken:
    """For pages of your own: your server asks for the token of a visitor who is logged in, and hands it to their browser,
    which then may search and send events for them without a key, and events of long ago, too."""
    access = access_of(request)
    stored_id = access.identities.of(visitor.visitor_id)
    return VisitorToken(visitor_id=stored_id, token=access.tokens.sign(stored_id, for_server=True))


def _no_category(place: int, name: str, known: Counter[str]) -> RequestValidationError:
    named = ", ".join(sorted(known, key=lambda n: (-known[n], n))[:_N_NAMED])
    return RequestValidationError(
        [
            {
                "type": "value_error",
                "loc": ("body", "interests", place),
                "msg": f"{name!r} is no category of the catalogue; name one as the catalogue does, for example {named}",
                "input": name,
            }
        ]
    )


def _answer(visitor_id: str, worker: WorkerDep) -> Response:
    known = worker.state().feature_state.basics(visitor_id)
    content = ProfileOut.of(visitor_id, known).model_dump_json()
    return Response(content, media_type="application/json")


_NDJSON = "application/x-ndjson"
_exporting = threading.Lock()  # reads every file of the shop: one at a time is enough


class Exporting(ShopError):
    """Another export is read from this worker's files."""

    status = 503
    retry_after_s = 5


class ErasureOut(BaseModel):
    """A receipt: a visitor asked to be forgotten."""

    receipt_id: str
    status: Literal["pending", "waits_for_retraining", "erased", "complete"] = Field(
        description="`pending`: pages know nothing of the visitor, files still do. `waits_for_retraining`: no file does, and "
        "the models that serve learned from them. `erased`: only backups hold them. `complete`: nothing does"
    )
    requested_at_us: int = Field(description="Microseconds since 1970, UTC")
    erased_at_us: int | None
    completed_at_us: int | None
    retrain_by_us: int | None = Field(description="By when no model that learned from them serves")
    removed: dict[str, int] = Field(description="Rows by file, without the visitor's id")


@router.delete(
    "/visitors/{visitor_id}",
    status_code=202,
    response_model=ErasureOut,
    responses=problems(401, 403, 422, 507),
    summary="Forget a visitor",
)
async def forget_visitor(request: Request, visitor_id: _VisitorId, worker: WorkerDep) -> Response:
    """Records the request durably; from the answer on, no page knows what the visitor did. `baihuo forget` then takes them out of
    every file, and `/erasure` below this address says how far that is. Asked again while it waits, the answer is the same
    receipt.
    """
    access = access_of(request)
    key = access.find(request)
    visitor_id = access.sender(request, Scope.EVENTS).visitor(visitor_id, is_whole=True)
    receipt = await asyncio.to_thread(worker.forget, visitor_id, now_us())
    await asyncio.to_thread(
        access.record,
        "visitor.erase",
        actor="visitor" if key is None else f"key {key.name}",
        subject=receipt.visitor_hash,
        detail={"receipt_id": receipt.receipt_id},
    )
    content = (await asyncio.to_thread(_state, request, receipt)).model_dump_json()
    return Response(content, status_code=202, media_type="application/json")


@router.get(
    "/visitors/{visitor_id}/erasure",
    responses=problems(401, 403, 404, 422),
    summary="How far the erasure of a visitor is",
)
async def read_erasure(request: Request, visitor_id: _VisitorId, worker: WorkerDep) -> ErasureOut:
    """The receipt of their newest request. Found by a keyed hash: after the erasure the id is in no file."""
    visitor_id = access_of(request).sender(request, Scope.EVENTS).visitor(visitor_id, is_whole=True)
    receipt = await asyncio.to_thread(worker.erased.latest, visitor_id)
    if receipt is None:
        raise NotFound(
            "this visitor did not ask to be forgotten", fix="ask with DELETE /v1/visitors/{id}"
        )
    return await asyncio.to_thread(_state, request, receipt)


@router.get(
    "/visitors/{visitor_id}",
    response_class=StreamingResponse,
    responses={
        200: {"content": {"application/json": {"schema": {"type": "object"}}, _NDJSON: {}}},
        **problems(401, 403, 422, 503),
    },
    summary="All that is stored of a visitor",
)
async def export_visitor(request: Request, visitor_id: _VisitorId) -> StreamingResponse:
    """Events, served pages, judgements, conversations, ads and profile, as one JSON object that is sent while it is read. With
    `Accept: application/x-ndjson`, one object a line.
    """
    visitor_id = access_of(request).sender(request, Scope.SEARCH).visitor(visitor_id, is_whole=True)
    if not _exporting.acquire(blocking=False):
        raise Exporting("another visitor's data is being read", fix="ask again in some seconds")
    rows = visitor_rows(ShopPaths(request.app.state.shop), visitor_id)
    is_lines = _NDJSON in request.headers.get("accept", "")
    pieces = as_ndjson(rows) if is_lines else as_json(visitor_id, rows)
    begun = _released(pieces)  # begun here: one that never began would not end either
    first = await asyncio.to_thread(next, begun)
    return StreamingResponse(
        chain([first], begun), media_type=_NDJSON if is_lines else "application/json"
    )


def _released(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The pieces; whatever ends them, the next export may begin."""
    try:
        yield from pieces
    finally:
        _exporting.release()


def _state(request: Request, receipt: Receipt) -> ErasureOut:
    state = receipt_state(receipt, ShopPaths(request.app.state.shop).bundles)
    return ErasureOut.model_validate(state, from_attributes=True)
