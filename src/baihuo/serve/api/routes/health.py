"""Liveness, readiness and metrics."""

from __future__ import annotations

import os

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from baihuo.monitor import METRICS_CONTENT_TYPE
from baihuo.serve.api.dependencies import WorkerDep, problems
from baihuo.serve.worker.worker import NotReady

router = APIRouter(tags=["health"])

_MAX_LAG_S = 10.0  # of a follower; beyond it the worker is not ready


class Alive(BaseModel):
    """The process runs."""

    status: str = Field(examples=["ok"])


class Ready(BaseModel):
    """The release that serves, and how far the followers are behind."""

    status: str = Field(examples=["ready"])
    worker: int = Field(description="The process id of the worker")
    bundle_id: str
    index_id: str
    n_products: int
    lag_ms: dict[str, int] = Field(
        description="By follower: since it last caught up, past its interval"
    )
    refused: str | None = Field(description="Why the newest release does not serve; null: it does")


@router.get("/healthz", summary="Alive")
async def healthz() -> Alive:
    """Responds as long as the process runs."""
    return Alive(status="ok")


@router.get("/readyz", responses=problems(503), summary="Ready to serve")
async def readyz(worker: WorkerDep) -> Ready:
    """200 when a release is open, the followers keep up, and events and pages can be written."""
    state = worker.state()
    lags = worker.lags_s()
    late = {name: lag for name, lag in lags.items() if lag > _MAX_LAG_S and name != "release"}
    if late:
        raise NotReady(
            "; ".join(f"the {name} is {lag:.0f} s behind" for name, lag in late.items()),
            fix="see the log of the server; restart this worker if it does not catch up",
        )
    if unwritable := worker.unwritable():
        raise NotReady("; ".join(error.what for error in unwritable), fix=unwritable[0].fix)
    return Ready(
        status="ready",
        worker=os.getpid(),
        bundle_id=state.pair.bundle_id,
        index_id=state.pair.index_id,
        n_products=len(state.generation.row_of),
        lag_ms={name: round(1000 * lag) for name, lag in lags.items()},
        refused=worker.refused(),
    )


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
    summary="Counts for Prometheus",
)
async def metrics(request: Request) -> Response:
    """The sum over all workers, at most a second old: reading it takes milliseconds, whoever asks."""
    content: bytes = await request.app.state.exposed.get()
    return Response(content, headers={"Content-Type": METRICS_CONTENT_TYPE})
