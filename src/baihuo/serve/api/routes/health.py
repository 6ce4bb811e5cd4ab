"""Is it alive, can it serve, what does it count."""

from __future__ import annotations

import os

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel, Field

from baihuo.monitor.metrics import CONTENT_TYPE
from baihuo.serve.api.dependencies import MetricsDep, WorkerDep, problems
from baihuo.serve.worker.worker import NotReady

router = APIRouter(tags=["health"])

_TOO_OLD_S = 10.0  # a follower this far behind makes the worker unfit to serve


class Alive(BaseModel):
    """The process answers."""

    status: str = Field(examples=["ok"])


class Ready(BaseModel):
    """What serves, and how fresh it is."""

    status: str = Field(examples=["ready"])
    worker: int = Field(description="The process that answers")
    bundle_id: str
    index_id: str
    n_products: int
    lag_ms: dict[str, int] = Field(description="Since each follower last had caught up")
    refused: str | None = Field(description="Why a newer release is not in service")


@router.get("/healthz", summary="Alive")
async def healthz() -> Alive:
    """Answers as long as the process does."""
    return Alive(status="ok")


@router.get("/readyz", responses=problems(503), summary="Ready to serve")
async def readyz(worker: WorkerDep) -> Ready:
    """Answers 200 when a release is open and its followers keep up."""
    state = worker.state()
    lags = worker.lags_s()
    late = {name: lag for name, lag in lags.items() if lag > _TOO_OLD_S and name != "release"}
    if late:
        raise NotReady(
            "; ".join(f"the {name} is {lag:.0f} s behind" for name, lag in late.items()),
            fix="look at the server's log; restart this worker if it does not catch up",
        )
    return Ready(
        status="ready",
        worker=os.getpid(),
        bundle_id=state.pair.bundle_id,
        index_id=state.pair.index_id,
        n_products=state.generation.n_products,
        lag_ms={name: round(1000 * lag) for name, lag in lags.items()},
        refused=worker.refused(),
    )


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
    summary="Counts for Prometheus",
)
async def metrics(metrics: MetricsDep) -> Response:
    """Of all workers together."""
    return Response(metrics.exposed(), headers={"Content-Type": CONTENT_TYPE})
