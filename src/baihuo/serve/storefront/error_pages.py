"""Errors as pages for browsers; programs get problem documents."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from baihuo.core import ShopError
from baihuo.serve.api.access import KeyNeeded
from baihuo.serve.storefront.layout import page_context
from baihuo.serve.traffic.admission import Overloaded

Handler = Callable[[Request, Exception], Awaitable[Response]]
_WITH_TEXT = (404, 409, 414, 422, 429, 503)
_AS = {431: 414}  # whose text is also for the other


def show_errors_as_pages(app: FastAPI) -> None:
    """Wrap the error handlers of ``app``, so that a browser gets a page in its language."""
    for kind in (ShopError, HTTPException, Exception):
        document = app.exception_handlers[kind]
        app.add_exception_handler(kind, _page_or_document(document))  # type: ignore[arg-type]


def _page_or_document(document: Handler) -> Handler:
    async def handle(request: Request, error: Exception) -> Response:
        wants_page = "text/html" in request.headers.get("accept", "")
        if not wants_page or request.method != "GET" or request.url.path.startswith("/v1/"):
            return await document(request, error)
        status = 500
        if isinstance(error, ShopError):
            status = error.status
        elif isinstance(error, HTTPException):
            status = error.status_code
        code = 429 if isinstance(error, Overloaded) else _AS.get(status, status)
        if code not in _WITH_TEXT:
            code = 500 if status >= 500 else 404
        if isinstance(error, KeyNeeded):
            code = 403
        context = await page_context(request)
        problem, fix = (error.what, error.fix) if isinstance(error, ShopError) else ("", "")
        page = context.page("error.html", status=status, code=code, problem=problem, fix=fix)
        if status in (429, 503):
            page.headers["Retry-After"] = str(getattr(error, "retry_after_s", 1))
        return page

    return handle
