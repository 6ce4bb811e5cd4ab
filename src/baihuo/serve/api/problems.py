"""Errors as problem documents (RFC 9457) that say how to fix the request."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import orjson
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from baihuo.core import ShopError, close_match
from baihuo.index import BadFilter

MAX_LISTED = 100  # errors, or rejected rows, that a response lists; the rest is counted
MEDIA_TYPE = "application/problem+json"
_TYPES = "https://baihuo.dev/problems/"
_HEADERS = {503: {"Retry-After": "1"}, 401: {"WWW-Authenticate": "Bearer"}}
_MAX_VALUE = 200  # characters of a bad value that are sent back

_LOG = logging.getLogger(__name__)


class FieldProblem(BaseModel):
    """One error of a request, and its fix."""

    field: str = Field(description="A path into the body, or the name of a parameter")
    value: str | None = Field(
        default=None, description="The value that was sent, cut to 200 characters"
    )
    reason: str
    fix: str


class Problem(BaseModel):
    """A problem document (RFC 9457) with a fix."""

    type: str = Field(examples=[f"{_TYPES}not-found"])
    title: str = Field(examples=["Not found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["there is no product 'p7'"])
    fix: str = Field(examples=["POST it to /v1/products, or import its file"])
    instance: str = Field(examples=["/v1/products/p7"])
    errors: list[FieldProblem] = Field(
        default=[],
        description=f"The first {MAX_LISTED} errors, or those of the first {MAX_LISTED} rejected rows of a batch",
    )
    n_not_listed: int = Field(
        default=0, description="Errors, or rejected rows, that `errors` leaves out"
    )


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
    """The response with a problem document. ``kind`` is its stable code, such as ``"bad-input"``."""
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


_KINDS = {  # pydantic's types of errors
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "dict_type": "a JSON object",
    "float_parsing": "a number",
    "float_type": "a number",
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "list_type": "a list",
    "model_attributes_type": "a JSON object",
    "model_type": "a JSON object",
    "string_pattern_mismatch": "text of that form; /docs has examples",
    "string_type": "text",
}


def field_problem(error: dict[str, Any], *, skip: int = 0) -> FieldProblem:
    """An error of pydantic with a fix. ``skip`` leaves out that many first parts of the location."""
    field = printable(".".join(str(part) for part in error["loc"][skip:])) or "body"
    reason, fix = str(error.get("msg", "not valid")), _fix(error, field)
    if error.get("type") == "json_invalid":  # its place is a character of the body, no field
        field, reason = "body", f"{reason} at character {field}"
    if error.get("type") == "value_error":  # from our validators: "reason; fix"
        reason, _, custom_fix = reason.removeprefix("Value error, ").partition("; ")
        fix = custom_fix or fix
    return FieldProblem(field=field, value=printable(error.get("input")), reason=reason, fix=fix)


def _query_names(request: Request) -> list[str]:
    """The names of the parameters of the request's path, which take one model or single values."""
    dependant = getattr(request.scope.get("route"), "dependant", None)
    names: list[str] = []
    for parameter in getattr(dependant, "query_params", ()):
        fields = getattr(parameter.field_info.annotation, "model_fields", None)
        names += fields if fields else [parameter.alias]
    return names


def _with_names(error: FieldProblem, names: list[str]) -> FieldProblem:
    """An unknown parameter's problem with the name that was meant, or all that there are."""
    if error.field in names or not names:
        return error
    meant = close_match(error.field, names) or f"it is none of {', '.join(sorted(names))}"
    return error.model_copy(update={"fix": f"leave {error.field} out; {meant}"})


def printable(value: Any) -> str | None:
    """A value as text for a response: valid Unicode, at most 200 characters; None for objects and lists."""
    if value is None or isinstance(value, (dict, list)):
        return None
    if isinstance(value, (str, bytes)):
        value = value[: _MAX_VALUE + 1]
    text = str(value).encode("utf-8", "replace").decode()
    return text if len(text) <= _MAX_VALUE else text[:_MAX_VALUE] + "…"


def add_problem_handlers(app: FastAPI) -> None:
    """Make every error of ``app`` a problem document."""
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
    if (retry_after_s := getattr(error, "retry_after_s", None)) is not None:
        headers = {"Retry-After": str(retry_after_s)}
    errors = []
    if isinstance(error, BadFilter):
        reason = f"the filter is wrong at character {error.at + 1}: {error.problem}"
        value = printable(error.text)
        errors = [FieldProblem(field=error.field, value=value, reason=reason, fix=error.fix)]
    return problem(
        request,
        error.status,
        kind=kind,
        detail=error.what,
        fix=error.fix,
        errors=errors,
        headers=headers,
    )


async def _not_valid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    all_errors = error.errors()
    errors, n = [field_problem(e, skip=1) for e in all_errors[:MAX_LISTED]], len(all_errors)
    if any(e["type"] == "extra_forbidden" and e["loc"][0] == "query" for e in all_errors):
        errors = [_with_names(e, _query_names(request)) for e in errors]
    return problem(
        request,
        422,
        kind="bad-input",
        detail=f"{n:,} field{'s' * (n != 1)} of the request cannot be used",
        fix="; ".join(f"{e.field}: {e.fix}" for e in errors[:3]),
        errors=errors,
        n_not_listed=n - len(errors),
    )


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    fixes = {
        404: "see the paths at /docs",
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
    """An unexpected exception. Starlette raises it again, so the traceback is logged and not sent. The request's middleware is
    already left, so its id is added here."""
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    return problem(
        request,
        500,
        kind="internal-error",
        detail="the server failed; this is a defect of the server, not of the request",
        fix="report it with the lines of the server's log that have the id in the header X-Request-Id",
        headers=None if request_id is None else {"X-Request-Id": request_id},
    )


def _fix(error: dict[str, Any], field: str) -> str:
    kind, context = str(error.get("type", "")), error.get("ctx") or {}
    if kind == "missing":
        return f"add {field}"
    if kind == "extra_forbidden":
        return f"leave {field} out; it may be misspelt"
    if kind == "json_invalid":
        return "send valid JSON in UTF-8"
    if kind in _KINDS:
        return f"send {_KINDS[kind]}"
    if "expected" in context:
        return f"use one of: {context['expected']}"
    limits = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
    for name, comparison in limits.items():
        if name in context:
            return f"send {comparison} {context[name]}"
    unit = "characters" if kind.startswith("string") else "entries"
    if "max_length" in context:
        return f"send at most {context['max_length']} {unit}"
    if "min_length" in context:
        return f"send at least {context['min_length']} {unit}"
    return f"see {field} in the schema at /docs"
