"""Errors as pages for browsers."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from baihuo.core import ShopError
from baihuo.serve.api.access import KeyNeeded
from baihuo.serve.storefront.layout import page_context
from baihuo.serve.traffic.guard import Overloaded

_WITH_TEXT = (404, 409, 414, 422, 429, 503)
_AS = {431: 414}  # whose text is also for the other


async def error_page(request: Request, error: Exception) -> Response:
    """Return the page of an error, in the language of the browser."""
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
