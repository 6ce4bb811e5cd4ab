"""The storefront: server-rendered pages in several languages. Scripts only send events and add comfort."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from baihuo.serve.config import ServeConfig
from baihuo.serve.storefront import assist_page, assist_parts
from baihuo.serve.storefront.error_pages import show_errors_as_pages
from baihuo.serve.storefront.layout import Storefront
from baihuo.serve.storefront.pages import router

__all__ = ["add_storefront"]


def add_storefront(app: FastAPI, shop: Path, config: ServeConfig) -> None:
    """Add the pages ``/``, ``/search`` and ``/p/{id}`` to ``app``, beside the API.

    Requests need ``app.state.worker`` and ``app.state.metrics``. Call it after the error handlers were
    added: it wraps them, so that browsers get pages.
    """
    app.state.storefront = Storefront(shop, config)
    app.include_router(router)
    app.include_router(assist_parts.router)
    app.include_router(assist_page.router)
    app.mount(
        "/static", StaticFiles(packages=[("baihuo.serve.storefront", "static")]), name="static"
    )
    show_errors_as_pages(app)
