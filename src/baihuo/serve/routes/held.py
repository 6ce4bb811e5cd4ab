"""What the application holds, as arguments of its endpoints."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import orjson
from fastapi import Depends, Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from baihuo.monitor.metrics import Metrics
from baihuo.serve.live import Live
from baihuo.serve.problems import MEDIA_TYPE, Problem

PROBLEM: dict[str, Any] = {
    "description": "A problem document (RFC 9457): what is wrong and what to change",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """These statuses, documented as problem documents."""
    return dict.fromkeys(statuses, PROBLEM)


async def live(request: Request) -> Live:
    """The logs, the catalogue and what serves."""
    held: Live = request.app.state.live
    return held


async def metrics(request: Request) -> Metrics:
    """What is counted."""
    held: Metrics = request.app.state.metrics
    return held


HeldLive = Annotated[Live, Depends(live)]
HeldMetrics = Annotated[Metrics, Depends(metrics)]


class _StrictRequest(Request):
    async def json(self) -> Any:
        """By a strict parser: no NaN, no lone surrogates, nothing that cannot be sent back."""
        return orjson.loads(await self.body())


class StrictRoute(APIRoute):
    """A route whose JSON is read strictly."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        handle = super().get_route_handler()

        async def strict(request: Request) -> Response:
            return await handle(_StrictRequest(request.scope, request.receive))

        return strict


__all__ = ["PROBLEM", "HeldLive", "HeldMetrics", "Problem", "StrictRoute", "problems"]
