"""Routes that the first request to one of their paths imports: a shop whose console nobody opens does not load it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from threading import Lock

from fastapi import FastAPI
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

_LOADING = Lock()


class LazyRoutes(BaseRoute):
    """Takes the place of routes in the application's list until they are loaded.

    The list is replaced, not changed, so that requests which are being routed meanwhile see the one or the other.
    """

    def __init__(
        self, app: FastAPI, paths: tuple[str, ...], add: Callable[[FastAPI], None]
    ) -> None:
        """
        Args:
            paths: The first part of every path; below ``/v1`` the first two. ``/`` is the root alone.
            add: Imports the routes and adds them to the application.
        """
        self._app, self._paths, self._add = app, paths, add

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return a full match for every request below the paths: which are right is for the routes to say."""
        is_ours = scope["type"] == "http" and _first_parts(scope["path"]) in self._paths
        return (Match.FULL if is_ours else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Load the routes in a thread, then route the request again."""
        await asyncio.to_thread(self.load)
        await self._app.router(scope, receive, send)

    def load(self) -> None:
        """Replace this by the routes, unless another thread did."""
        with _LOADING:
            routes = self._app.router.routes
            if self not in routes:
                return
            at, n_before = routes.index(self), len(routes)
            self._add(self._app)
            self._app.router.routes = [
                *(*routes[:at], *routes[n_before:]),
                *routes[at + 1 : n_before],
            ]


def load_all(app: FastAPI) -> None:
    """Load all routes of the application, as its description needs them."""
    for route in list(app.router.routes):
        if isinstance(route, LazyRoutes):
            route.load()


def _first_parts(path: str) -> str:
    parts = path.split("/", 3)
    return "/".join(parts[: 3 if parts[1:2] == ["v1"] else 2]) or "/"
