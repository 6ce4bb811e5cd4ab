"""What endpoints depend on, and the route class that reads their bodies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Annotated, Any

import orjson
from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from baihuo import assist
from baihuo.serve.api.access import NeedsScope
from baihuo.serve.api.middleware import require_shape
from baihuo.serve.api.problems import MEDIA_TYPE, Problem
from baihuo.serve.traffic.bodies import ClientGone
from baihuo.serve.worker.worker import Worker

PROBLEM: dict[str, Any] = {
    "description": "A problem document (RFC 9457): the error and its fix",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """``responses`` of a route: these statuses are problem documents."""
    return dict.fromkeys(statuses, PROBLEM)


async def current_worker(request: Request) -> Worker:
    """The worker of this process."""
    worker: Worker = request.app.state.worker
    return worker


WorkerDep = Annotated[Worker, Depends(current_worker)]


class _StrictRequest(Request):
    async def json(self) -> Any:
        """Parsed strictly: no NaN, no lone surrogates, which could not be sent back as JSON."""
        if not hasattr(self, "_json"):
            self._json = orjson.loads(await self.body())
        return self._json


class StrictRoute(APIRoute):
    """A route that checks the key first, where it needs one, and parses a body strictly and within limits."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        handle = super().get_route_handler()
        names = _names_of_parameters(self.dependant)
        needed = [d.dependency for d in self.dependencies if isinstance(d.dependency, NeedsScope)]
        has_body = bool((self.methods or set()) & {"POST", "PUT", "PATCH"})

        async def strict(received: Request) -> Response:
            request = _StrictRequest(received.scope, received.receive)
            for scope in needed:  # before the body is read
                scope.require(request)
            if names is not None and request.scope["query_string"]:
                _require_known(request, names)
            try:
                if has_body:
                    with suppress(orjson.JSONDecodeError):  # FastAPI reports the position
                        limits = request.app.state.limits.of(request.url.path)
                        require_shape(await request.json(), limits)
                return await handle(request)
            except ClientDisconnect:  # the client has gone
                return Response(status_code=400)

        return strict


@asynccontextmanager
async def watched(request: Request) -> AsyncIterator[Callable[[], bool]]:
    """Yield a check, for any thread, of whether the client is still connected. The body must have been read.

    Raises:
        ClientGone: work inside ended with :class:`NotWanted`.
    """
    watching = asyncio.create_task(_closed(request))
    try:
        yield lambda: not watching.done()
    except assist.NotWanted:
        raise ClientGone from None
    finally:
        watching.cancel()


async def _closed(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _names_of_parameters(dependant: Dependant) -> frozenset[str] | None:
    """The names of the parameters in the address; None where a model takes them, which forbids unknown ones itself."""
    fields = [f for one in (dependant, *dependant.dependencies) for f in one.query_params]
    if any(hasattr(field.field_info.annotation, "model_fields") for field in fields):
        return None
    return frozenset(field.alias for field in fields)


def _require_known(request: Request, names: frozenset[str]) -> None:
    if unknown := sorted(set(request.query_params) - names):
        raise RequestValidationError(
            [
                {
                    "type": "extra_forbidden",
                    "loc": ("query", name),
                    "msg": "Extra inputs are not permitted",
                    "input": request.query_params[name],
                }
                for name in unknown
            ]
        )


__all__ = ["PROBLEM", "Problem", "StrictRoute", "WorkerDep", "problems", "watched"]
