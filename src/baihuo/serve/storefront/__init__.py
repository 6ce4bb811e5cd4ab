"""A storefront in several languages: server-rendered pages that work without scripts and learn with them."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from baihuo.serve.config import ServeConfig
from baihuo.serve.storefront.frame import Storefront
from baihuo.serve.storefront.mending import show_errors_as_pages
from baihuo.serve.storefront.pages import router

__all__ = ["add_storefront"]


def add_storefront(app: FastAPI, shop: Path, config: ServeConfig) -> None:
    """Puts the pages ``/``, ``/search`` and ``/p/{id}`` into ``app``, beside the API.

    Needs ``app.state.worker`` and ``app.state.metrics`` when a page is asked for, and the handlers of
    errors in place when it is called: it wraps them, so that people see pages.
    """
    app.state.storefront = Storefront(shop, config)
    app.include_router(router)
    app.mount(
        "/static", StaticFiles(packages=[("baihuo.serve.storefront", "static")]), name="static"
    )
    show_errors_as_pages(app)
