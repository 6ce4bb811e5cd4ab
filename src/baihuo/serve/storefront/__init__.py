"""The storefront: server-rendered pages in several languages. Scripts only send events and add comfort."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from baihuo.serve.storefront import assist_page, pages

__all__ = ["add_storefront"]


def add_storefront(app: FastAPI) -> None:
    """Add the pages ``/``, ``/search``, ``/p/{id}`` and ``/assist`` to ``app``, in addition to the API.

    Requests need ``app.state.worker``, ``app.state.access`` and ``app.state.metrics``.
    """
    app.include_router(pages.router)
    app.include_router(assist_page.router)
    app.mount(
        "/static", StaticFiles(packages=[("baihuo.serve.storefront", "static")]), name="static"
    )
