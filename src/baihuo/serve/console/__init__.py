"""The console: pages for the people who run the shop. Rendered by the server, without scripts."""

from __future__ import annotations

from fastapi import FastAPI

from baihuo.serve.console import ads, desk, login, quarantine, start
from baihuo.serve.console.layout import Console

__all__ = ["add_console"]


def add_console(app: FastAPI) -> None:
    """Add the pages below ``/console`` to ``app``. They answer 404 until there is an account.

    Requests need ``app.state.access`` and ``app.state.worker``. It has the languages of the storefront.
    """
    app.state.console = Console.of(app)
    for module in (login, start, desk, quarantine, ads):
        app.include_router(module.router)
    app.include_router(desk.parts)
