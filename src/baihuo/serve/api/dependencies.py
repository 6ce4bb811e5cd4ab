"""What the application holds, as arguments of its endpoints."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Annotated, Any

import orjson
from fastapi import Depends, Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from baihuo.monitor.metrics import Metrics
from baihuo.serve.api.limits import limits_of, require_shape
from baihuo.serve.api.problems import MEDIA_TYPE, Problem
from baihuo.serve.api.team_key import require_key, with_key
from baihuo.serve.worker.worker import Worker

PROBLEM: dict[str, Any] = {
    "description": "A problem document (RFC 9457): what is wrong and what to change",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """These statuses, documented as problem documents."""
    return dict.fromkeys(statuses, PROBLEM)


async def current_worker(request: Request) -> Worker:
    """The logs, the catalogue and what serves."""
    worker: Worker = request.app.state.worker
    return worker


async def current_metrics(request: Request) -> Metrics:
    """What is counted."""
    metrics: Metrics = request.app.state.metrics
    return metrics


WorkerDep = Annotated[Worker, Depends(current_worker)]
MetricsDep = Annotated[Metrics, Depends(current_metrics)]


class _StrictRequest(Request):
    async def json(self) -> Any:
        """By a strict parser: no NaN, no lone surrogates, nothing that cannot be sent back."""
        if not hasattr(self, "_json"):
            self._json = orjson.loads(await self.body())
        return self._json


class StrictRoute(APIRoute):
    """A route whose JSON is read strictly, after its key where it asks for one, and within its limits."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        handle = super().get_route_handler()
        asks_for_key = any(d.dependency is with_key for d in self.dependencies)
        has_body = bool((self.methods or set()) & {"POST", "PUT", "PATCH"})

        async def strict(given: Request) -> Response:
            request = _StrictRequest(given.scope, given.receive)
            if asks_for_key:  # before anything of the body is read
                require_key(request)
            if has_body:
                with suppress(orjson.JSONDecodeError):  # FastAPI says where
                    require_shape(await request.json(), limits_of(request.url.path))
            return await handle(request)

        return strict


__all__ = ["PROBLEM", "MetricsDep", "Problem", "StrictRoute", "WorkerDep", "problems"]
