"""The HTTP application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from baihuo import __version__
from baihuo.core import ShopPaths
from baihuo.monitor import AccessLog, DiskCollector, Metrics
from baihuo.privacy import Pseudonyms
from baihuo.serve.api.access import Access
from baihuo.serve.api.dependencies import problems
from baihuo.serve.api.desk_room import DeskRoom
from baihuo.serve.api.docs_page import add_docs
from baihuo.serve.api.event_models import EventIn
from baihuo.serve.api.limits import RouteLimits
from baihuo.serve.api.middleware import RequestMiddleware
from baihuo.serve.api.problems import Problem, add_problem_handlers
from baihuo.serve.api.product_models import ProductIn
from baihuo.serve.api.routes import (
    assist,
    desk,
    erasure,
    events,
    health,
    labels,
    pages,
    products,
    quality,
    reports,
    suggest,
    visitors,
)
from baihuo.serve.api.ubi_models import UbiEvent, UbiQuery
from baihuo.serve.config import ServeConfig
from baihuo.serve.console import add_console
from baihuo.serve.floods.senders import SenderBursts
from baihuo.serve.storefront import add_storefront
from baihuo.serve.traffic.guard import Guard
from baihuo.serve.traffic.shared_bytes import SharedBytes
from baihuo.serve.worker.assistant import Assistant
from baihuo.serve.worker.worker import Worker

_ROUTES = (
    *(pages, suggest, events, visitors, erasure, products, reports),
    *(quality, labels, assist, desk),
)
# Rows are validated one by one, so no endpoint declares these models; they are documented here.
_DOCUMENTED_MODELS: tuple[type[BaseModel], ...] = (EventIn, UbiEvent, UbiQuery, ProductIn, Problem)
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
        pseudonyms = Pseudonyms.of(paths.mask_key_file, config.privacy.ids)
        app.state.pseudonyms = pseudonyms
        app.state.access = access = Access(
            shop, config.visitors, pseudonyms.identities, config.console
        )
        app.state.worker = worker = Worker(shop, config, metrics, guard.admission)
        app.state.assistant = assistant = Assistant(paths, config.assist, worker, metrics)
        app.state.desk = desk_room = DeskRoom(
            paths, config.desk, pseudonyms.text, assistant.suggester
        )
        assistant.is_attended = desk_room.is_attended
        worker.start()
        assistant.follow()
        await asyncio.to_thread(worker.wait_until_open, within_s=config.open_first_s)
        try:
            yield
        finally:
            desk_room.close()
            assistant.close()
            worker.close()
            app.state.console.logins.close()
            access.close()

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
    _add_routes(app, shop, config)
    _add_middleware(app, config, limits, guard)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


def _add_routes(app: FastAPI, shop: Path, config: ServeConfig) -> None:
    add_problem_handlers(app)
    for module in _ROUTES:
        app.include_router(module.router, responses=problems(413, 414, 429, 431, 503))
    app.include_router(health.router)
    add_docs(app)
    add_storefront(app, shop, config)
    add_console(app)


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
        schema = get_openapi(
            title=app.title,
            summary=app.summary,
            description=app.description,
            version=app.version,
            routes=app.routes,
            license_info=app.license_info,
        )
        _, rows = models_json_schema(
            [(m, "validation") for m in _DOCUMENTED_MODELS],
            ref_template="#/components/schemas/{model}",
        )
        schemas = schema.setdefault("components", {}).setdefault("schemas", {})
        schemas.update(rows["$defs"])
        for name in ("HTTPValidationError", "ValidationError"):  # errors are problem documents
            schemas.pop(name, None)
        app.openapi_schema = schema
    return app.openapi_schema
