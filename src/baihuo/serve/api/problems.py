"""Every error as a problem document (RFC 9457) that says what to change."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from baihuo.core import ShopError
from baihuo.serve.api.limits import MAX_LISTED

MEDIA_TYPE = "application/problem+json"
_TYPES = "https://baihuo.dev/problems/"
_HEADERS = {503: {"Retry-After": "1"}, 401: {"WWW-Authenticate": "Bearer"}}
_MAX_VALUE = 200  # characters of a bad value that are sent back

_LOG = logging.getLogger(__name__)


class FieldProblem(BaseModel):
    """One thing that is wrong, and what would be right."""

    field: str = Field(description="Where it is: a path into the body, or a parameter's name")
    value: str | None = Field(default=None, description="What was sent, cut to 200 characters")
    reason: str
    fix: str


class Problem(BaseModel):
    """A problem document, RFC 9457, with what to do about it."""

    type: str = Field(examples=[f"{_TYPES}not-found"])
    title: str = Field(examples=["Not found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["there is no product 'p7'"])
    fix: str = Field(examples=["POST it to /v1/products, or import its file"])
    instance: str = Field(examples=["/v1/products/p7"])
    errors: list[FieldProblem] = Field(
        default=[],
        description=f"The first {MAX_LISTED}, or those of the first {MAX_LISTED} bad rows of a batch",
    )
    n_not_listed: int = Field(default=0, description="Errors, or bad rows, left out of `errors`")


def problem(
    request: Request,
    status: int,
    *,
    kind: str,
    detail: str,
    fix: str,
    errors: Sequence[FieldProblem] = (),
    n_not_listed: int = 0,
    headers: dict[str, str] | None = None,
) -> Response:
    """A problem document as a response. ``kind`` is its stable code: ``"bad-input"``."""
    document = Problem(
        type=_TYPES + kind,
        title=kind.replace("-", " ").capitalize(),
        status=status,
        detail=detail,
        fix=fix,
        instance=request.url.path,
        errors=list(errors),
        n_not_listed=n_not_listed,
    )
    body = orjson.dumps(document.model_dump())
    return Response(body, status, media_type=MEDIA_TYPE, headers=headers)


def field_problem(error: dict[str, Any], *, skip: int = 0) -> FieldProblem:
    """One error of pydantic's in our words; ``skip`` leaves out the first parts of its place."""
    place = shown(".".join(str(part) for part in error["loc"][skip:])) or "body"
    reason, fix = str(error.get("msg", "not valid")), _fix(error, place)
    if error.get("type") == "value_error":  # ours: "what is wrong; what to do"
        reason, _, ours = reason.removeprefix("Value error, ").partition("; ")
        fix = ours or fix
    return FieldProblem(field=place, value=shown(error.get("input")), reason=reason, fix=fix)


def shown(value: Any) -> str | None:
    """A value as text that is safe to send back."""
    if value is None or isinstance(value, (dict, list)):
        return None
    if isinstance(value, (str, bytes)):
        value = value[: _MAX_VALUE + 1]
    text = str(value).encode("utf-8", "replace").decode()
    return text if len(text) <= _MAX_VALUE else text[:_MAX_VALUE] + "…"


def add_problem_handlers(app: FastAPI) -> None:
    """Makes every error of ``app`` a problem document."""
    app.add_exception_handler(ShopError, _shop_error)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _bug)


async def _shop_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ShopError)  # the handler is registered for nothing else
    kind = re.sub(r"(?<!^)(?=[A-Z])", "-", type(error).__name__).lower()
    if error.status == 500:
        _LOG.error("%s: %s", request.url.path, error)
    headers = _HEADERS.get(error.status)
    return problem(
        request, error.status, kind=kind, detail=error.what, fix=error.fix, headers=headers
    )


async def _not_valid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    errors, n = [field_problem(e, skip=1) for e in found[:MAX_LISTED]], len(found)
    return problem(
        request,
        422,
        kind="bad-input",
        detail=f"{n:,} part{'s' * (n != 1)} of the request cannot be used",
        fix="; ".join(f"{e.field}: {e.fix}" for e in errors[:3]),
        errors=errors,
        n_not_listed=n - len(errors),
    )


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    fixes = {
        404: "the paths that exist are listed at /docs",
        405: f"use one of: {(error.headers or {}).get('Allow', 'the methods at /docs')}",
    }
    title = HTTPStatus(error.status_code).phrase
    return problem(
        request,
        error.status_code,
        kind=title.lower().replace(" ", "-"),
        detail=str(error.detail),
        fix=fixes.get(error.status_code, "see /docs"),
        headers=dict(error.headers or {}),
    )


async def _bug(request: Request, error: Exception) -> Response:
    """A bug of ours: the traceback goes to the log (Starlette raises it again), not to the asker."""
    return problem(
        request,
        500,
        kind="internal-error",
        detail="the server failed to answer; this is a defect, not your request",
        fix="report it with the server's log of this moment",
    )


def _fix(error: dict[str, Any], place: str) -> str:
    kind, context = str(error.get("type", "")), error.get("ctx") or {}
    if kind == "missing":
        return f"add {place}"
    if kind == "extra_forbidden":
        return f"leave {place} out; it may be misspelt"
    if kind == "json_invalid":
        return "send valid JSON in UTF-8"
    if "expected" in context:
        return f"use one of: {context['expected']}"
    limits = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
    for name, words in limits.items():
        if name in context:
            return f"send {words} {context[name]}"
    if "max_length" in context:
        return f"send at most {context['max_length']}"
    if "min_length" in context:
        return f"send at least {context['min_length']}"
    return f"see {place} in the schema at /docs"
