"""What is stored of a visitor, for the visitor: all of it as JSON, and its erasure."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from itertools import chain
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel, Field

from baihuo.access import Scope
from baihuo.core import NotFound, ShopError, ShopPaths
from baihuo.monitor import as_json, as_ndjson, receipt_state, visitor_rows
from baihuo.privacy import Receipt
from baihuo.serve.api.access import access_of
from baihuo.serve.api.dependencies import StrictRoute, WorkerDep, problems
from baihuo.serve.api.value_types import Id
from baihuo.serve.ids import now_us

router = APIRouter(prefix="/v1", tags=["visitors"], route_class=StrictRoute)
_VisitorId = Annotated[
    Id, Path(description="The browser or account, signed unless a key comes with it")
]
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
    """Events, served pages, judgements and profile, as one JSON object that is sent while it is read. With
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
