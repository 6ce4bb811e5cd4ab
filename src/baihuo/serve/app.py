"""The HTTP application. Its routes are imported by the first request to one of their paths: a shop whose console is not opened does not
load it."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import Any

import fastapi_offline
import orjson
from fastapi import FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles
from pydantic.json_schema import models_json_schema
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from baihuo import __version__
from baihuo.core import ShopError, ShopPaths
from baihuo.monitor import AccessLog, DiskCollector, Metrics
from baihuo.serve.api.middleware import RequestMiddleware, RouteLimits
from baihuo.serve.api.problems import Problem, add_problem_handlers
from baihuo.serve.config import ServeConfig
from baihuo.serve.traffic.guard import Guard, SenderBursts

_API = {  # modules of ``api/routes`` by the first part of their paths, in the order of the description
    ("/v1/search", "/v1/recommend", "/v1/suggest"): ("pages",),
    ("/v1/events",): ("events",),
    ("/v1/visitors",): ("visitors",),
    ("/v1/products",): ("products",),
    ("/v1/quality", "/v1/labels"): ("reports", "quality", "labels"),
    ("/v1/assist",): ("assist",),
    ("/v1/ads",): ("ads", "campaigns"),
}
_HEALTH = ("/healthz", "/readyz", "/metrics")
_STOREFRONT = (
    *("/", "/search", "/suggestions", "/p", "/pictures", "/placeholders"),
    *("/assist", "/static"),
)
_TEMPLATES = Path(__file__).with_name("api") / "templates"
_Handler = Callable[[Request, Exception], Awaitable[Response]]
_METRICS_S = 1.0  # for which metrics are read once


def create_app(shop: Path, config: ServeConfig | None = None) -> FastAPI:
    """The application of the shop in the folder ``shop``.

    It responds as soon as it starts. Until a release is open, pages and ``/readyz`` are a 503.
    """
    config = config or ServeConfig()
    paths = ShopPaths(shop)
    limits, guard = RouteLimits(config.traffic.limits), Guard(config.traffic)
    metrics = Metrics(
        config.metrics_folder,
        paths=paths,
        disk=DiskCollector(paths, reserve_bytes=config.disk_reserve_bytes),
    )

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        from baihuo.serve.lifespan import opened

        async with opened(app, paths, config, guard.admission):
            yield

    app = FastAPI(
        title="baihuo",
        summary="Search and recommendations that learn from what shoppers do next",
        description=_description(limits),
        version=__version__,
        lifespan=lifespan,
        license_info={"name": "Apache-2.0"},
        openapi_url=None,  # the built-in route writes the whole description again for each request
        docs_url=None,  # the built-in pages load files from another host
        redoc_url=None,
        redirect_slashes=False,  # it would repeat the Host header, which the client chooses
    )
    app.state.shop, app.state.config, app.state.metrics = shop, config, metrics
    app.state.exposed = SharedBytes(metrics.exposed, for_s=_METRICS_S)
    app.state.limits, app.state.addresses = limits, guard.addresses
    app.state.bursts = SenderBursts(
        config.traffic.floods, count=lambda of, n: metrics.sender_bursts.labels(of).inc(n)
    )
    _add_routes(app)
    _add_middleware(app, config, limits, guard)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


def _add_routes(app: FastAPI) -> None:
    add_problem_handlers(app)
    for paths, modules in _API.items():
        app.router.routes.append(LazyRoutes(app, paths, partial(_add_api, modules=modules)))
    app.router.routes.append(LazyRoutes(app, _HEALTH, _add_health))
    _add_docs(app)
    app.router.routes.append(LazyRoutes(app, _STOREFRONT, _add_storefront))
    app.router.routes.append(LazyRoutes(app, ("/console",), _add_console))
    for kind in (ShopError, HTTPException, Exception):
        document = app.exception_handlers[kind]
        app.add_exception_handler(kind, _page_or(document))  # type: ignore[arg-type]


def _add_api(app: FastAPI, modules: tuple[str, ...]) -> None:
    from baihuo.serve.api.dependencies import problems

    for name in modules:
        module = import_module(f"baihuo.serve.api.routes.{name}")
        app.include_router(module.router, responses=problems(413, 414, 429, 431, 503))


def _add_health(app: FastAPI) -> None:
    from baihuo.serve.api.routes import health

    app.include_router(health.router)


def _add_storefront(app: FastAPI) -> None:
    from baihuo.serve.storefront import add_storefront

    add_storefront(app)


def _add_console(app: FastAPI) -> None:
    from baihuo.serve.console import add_console

    add_console(app)


def _page_or(document: _Handler) -> _Handler:
    """Errors are pages for browsers, problem documents for programs."""

    async def handle(request: Request, error: Exception) -> Response:
        wants_page = "text/html" in request.headers.get("accept", "")
        if not wants_page or request.method != "GET" or request.url.path.startswith("/v1/"):
            return await document(request, error)
        from baihuo.serve.storefront.layout import error_page

        return await error_page(request, error)

    return handle


def _add_middleware(app: FastAPI, config: ServeConfig, limits: RouteLimits, guard: Guard) -> None:
    app.add_middleware(
        RequestMiddleware,
        metrics=app.state.metrics,
        limits=limits,
        guard=guard,
        access_log=AccessLog() if config.log.access else None,
    )
    if config.allowed_hosts:
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(config.allowed_hosts))
    if config.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(config.allowed_origins),
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["Authorization", "Content-Type"],
            max_age=600,
        )


def _description(limits: RouteLimits) -> str:
    template = _TEMPLATES / "description.md"
    return template.read_text(encoding="utf-8").format(
        max_address_bytes=limits.settings.address_bytes,
        page_kb=limits.settings.page_body_kb,
        events_mb=limits.settings.events_body_mb,
        products_mb=limits.settings.products_body_mb,
    )


def _openapi(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        from baihuo.serve.api.routes.events import EventIn
        from baihuo.serve.api.routes.products import ProductIn
        from baihuo.serve.api.ubi import UbiEvent, UbiQuery

        load_all(app)
        schema = get_openapi(
            title=app.title,
            summary=app.summary,
            description=app.description,
            version=app.version,
            routes=app.routes,
            license_info=app.license_info,
        )
        _, rows = models_json_schema(
            # rows are validated one by one, so no endpoint declares these models
            [(m, "validation") for m in (EventIn, UbiEvent, UbiQuery, ProductIn, Problem)],
            ref_template="#/components/schemas/{model}",
        )
        schemas = schema.setdefault("components", {}).setdefault("schemas", {})
        schemas.update(rows["$defs"])
        for name in ("HTTPValidationError", "ValidationError"):  # errors are problem documents
            schemas.pop(name, None)
        app.openapi_schema = schema
    return app.openapi_schema


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
        parts = scope["path"].split("/", 3)
        first = "/".join(parts[: 3 if parts[1:2] == ["v1"] else 2]) or "/"
        is_ours = scope["type"] == "http" and first in self._paths
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


_DOCS_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


def _add_docs(app: FastAPI) -> None:
    """Add ``/docs`` and ``/openapi.json`` to ``app``, which was made without them: Swagger UI, whose files are installed, so that it
    needs no network."""
    page = (_TEMPLATES / "docs.html").read_text(encoding="utf-8")

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(page, headers=_DOCS_HEADERS)

    app.state.description = SharedBytes(lambda: orjson.dumps(app.openapi()))

    # FastAPI remembers endpoints beyond the application's end: one that holds the application would keep it.
    @app.get("/openapi.json", include_in_schema=False)
    async def openapi(request: Request) -> Response:
        return Response(await request.app.state.description.get(), media_type="application/json")

    files = Path(fastapi_offline.__file__).with_name("static")
    app.mount("/docs/assets", StaticFiles(directory=files), name="docs")


class SharedBytes:
    """An answer that is the same for everybody: made at most once in ``for_s`` seconds, in a thread, however many ask for it."""

    def __init__(self, make: Callable[[], bytes], *, for_s: float = math.inf) -> None:
        self._make, self._for_s = make, for_s
        self._making = asyncio.Lock()
        self._made: tuple[float, bytes] | None = None

    async def get(self) -> bytes:
        """The bytes. One request makes them, and all others go on meanwhile."""
        async with self._making:
            if self._made is None or time.monotonic() - self._made[0] >= self._for_s:
                made = await asyncio.to_thread(self._make)
                self._made = (time.monotonic(), made)
            return self._made[1]
