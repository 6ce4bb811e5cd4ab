"""Errors as pages, for people; everything else keeps its problem documents."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from baihuo.core import ShopError
from baihuo.serve.storefront.frame import framed

Handler = Callable[[Request, Exception], Awaitable[Response]]
_LOG = logging.getLogger(__name__)
_WORDED = (404, 409, 414, 422, 503)


def show_errors_as_pages(app: FastAPI) -> None:
    """Wraps the handlers of ``app``: a browser that asks for a page gets one, in its language."""
    for kind in (ShopError, HTTPException, Exception):
        document = app.exception_handlers[kind]
        app.add_exception_handler(kind, _for_people(document))  # type: ignore[arg-type]


def _for_people(document: Handler) -> Handler:
    async def handle(request: Request, error: Exception) -> Response:
        wants_page = "text/html" in request.headers.get("accept", "")
        if not wants_page or request.method != "GET" or request.url.path.startswith("/v1/"):
            return await document(request, error)
        status = 500
        if isinstance(error, ShopError):
            status = error.status
        elif isinstance(error, HTTPException):
            status = error.status_code
        shown = status if status in _WORDED else 500 if status >= 500 else 404
        frame = await framed(request)
        says = (error.what, error.fix) if isinstance(error, ShopError) else ("", "")
        page = frame.page("error.html", status=status, shown=shown, what=says[0], fix=says[1])
        if status == 503:
            page.headers["Retry-After"] = "1"
        return page

    return handle
