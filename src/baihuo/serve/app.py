"""The HTTP application."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import Response

from baihuo import __version__
from baihuo.core import ShopError, ShopPaths
from baihuo.monitor import AccessLog, DiskCollector, Metrics
from baihuo.serve.api.docs_page import add_docs
from baihuo.serve.api.limits import RouteLimits
from baihuo.serve.api.middleware import RequestMiddleware
from baihuo.serve.api.problems import Problem, add_problem_handlers
from baihuo.serve.config import ServeConfig
from baihuo.serve.floods.senders import SenderBursts
from baihuo.serve.lazy_routes import LazyRoutes, load_all
from baihuo.serve.traffic.guard import Guard
from baihuo.serve.traffic.shared_bytes import SharedBytes

_API = {  # modules of ``api/routes`` by the first part of their paths, in the order of the description
    ("/v1/search", "/v1/recommend"): ("pages",),
    ("/v1/suggest",): ("suggest",),
    ("/v1/events",): ("events",),
    ("/v1/visitors",): ("visitors", "erasure"),
    ("/v1/products",): ("products",),
    ("/v1/quality", "/v1/labels"): ("reports", "quality", "labels"),
    ("/v1/assist",): ("assist", "desk"),
}
_HEALTH = ("/healthz", "/readyz", "/metrics")
_STOREFRONT = (
    *("/", "/search", "/suggestions", "/p", "/pictures", "/placeholders"),
    *("/assist", "/static"),
)
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
        # The supervisor imports this file, too, and opens nothing.
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
    _add_routes(app, config)
    _add_middleware(app, config, limits, guard)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


def _add_routes(app: FastAPI, config: ServeConfig) -> None:
    add_problem_handlers(app)
    for paths, modules in _API.items():
        _add_lazily(app, paths, partial(_add_api, modules=modules))
    _add_lazily(app, _HEALTH, _add_health)
    add_docs(app)
    _add_lazily(app, _STOREFRONT, _add_storefront)
    _add_lazily(app, ("/console",), _add_console)
    for kind in (ShopError, HTTPException, Exception):
        document = app.exception_handlers[kind]
        app.add_exception_handler(kind, _page_or(document))  # type: ignore[arg-type]


def _add_lazily(app: FastAPI, paths: tuple[str, ...], add: Callable[[FastAPI], None]) -> None:
    app.router.routes.append(LazyRoutes(app, paths, add))


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
        from baihuo.serve.storefront.error_pages import error_page

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
    template = Path(__file__).with_name("api") / "templates" / "description.md"
    return template.read_text(encoding="utf-8").format(
        max_address_bytes=limits.settings.address_bytes,
        page_kb=limits.settings.page_body_kb,
        events_mb=limits.settings.events_body_mb,
        products_mb=limits.settings.products_body_mb,
    )


def _openapi(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        from baihuo.serve.api.event_models import EventIn
        from baihuo.serve.api.product_models import ProductIn
        from baihuo.serve.api.ubi_models import UbiEvent, UbiQuery

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
