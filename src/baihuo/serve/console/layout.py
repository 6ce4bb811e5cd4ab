"""What all pages of the console share: templates, language and headers; and how requests reach them: who is logged in, forms that are
ours, errors as pages, ways back."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qsl, quote, urlencode

from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.routing import APIRoute
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.exceptions import HTTPException

from baihuo.access import Scope
from baihuo.core import BadInput, ShopError
from baihuo.serve.api.access import Access, Forbidden, NotAllowed, access_of
from baihuo.serve.api.people import (
    CSRF_FIELD,
    NotOurPage,
    Person,
    cookie_name,
    csrf_of,
    masked,
    require_csrf,
    require_same_origin,
)
from baihuo.serve.console.health import ShopStates
from baihuo.serve.console.logins import Logins
from baihuo.serve.storefront.layout import storefront_of
from baihuo.serve.storefront.view import LANGUAGE_COOKIE, Translation, language_of
from baihuo.serve.traffic.guard import Addresses

_YEAR_S = 365 * 86_400
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Of every answer below ``/console``: no script at all, in no frame, kept nowhere."""


@dataclass(frozen=True, slots=True)
class Console:
    """The console of one application."""

    shop_name: str
    templates: Environment
    translations: dict[str, Translation]
    logins: Logins
    states: ShopStates

    @classmethod
    def of(cls, app: FastAPI) -> Console:
        """With the languages of the shop's storefront."""
        templates = Environment(
            loader=PackageLoader("baihuo.serve.console"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        templates.filters["time"] = _time
        languages = storefront_of(app).translations
        translations = {name: Translation(name, console_texts()[name]) for name in languages}
        return cls(app.state.config.name, templates, translations, Logins(), ShopStates())

    def page(
        self,
        request: Request,
        template: str,
        *,
        status: int = 200,
        person: Person | None = None,
        **values: Any,
    ) -> HTMLResponse:
        """A template as a response."""
        translation = self.translations[language_of(request, self.translations)]
        html = self.templates.get_template(template).render(
            shop_name=self.shop_name,
            t=translation.text,
            has_text=translation.has,
            language=translation.language,
            languages=[
                (other, _in_language(request, code)) for code, other in self.translations.items()
            ],
            person=person,
            csrf=masked(person.csrf) if person else "",
            path=request.url.path,
            **values,
        )
        response = HTMLResponse(html, status, {"Content-Language": translation.language})
        if request.cookies.get(LANGUAGE_COOKIE) != translation.language:
            response.set_cookie(
                LANGUAGE_COOKIE, translation.language, max_age=_YEAR_S, samesite="lax"
            )
        return response


def console_of(request: Request) -> Console:
    """The console of the application."""
    console: Console = request.app.state.console
    return console


def address_of(request: Request) -> str:
    """Where a request comes from, as one client: of an IPv6 address its /64. A proxy that is believed names the client's."""
    return (request.client and _ADDRESSES.client(request.client.host)) or "-"


@cache
def console_texts() -> dict[str, dict[str, str]]:
    """The texts of the console by language and key. Every language has every key."""
    texts: dict[str, dict[str, str]] = json.loads(
        Path(__file__).with_name("translations.json").read_text(encoding="utf-8")
    )
    return texts


_ADDRESSES = Addresses(exempt=())  # logins have limits from everywhere


def _in_language(request: Request, language: str) -> str:
    kept = [(k, v) for k, v in request.query_params.multi_items() if k != "language"]
    return f"{request.url.path}?{urlencode([*kept, ('language', language)])}"


def _time(at_us: int | None) -> str:
    return (
        "–" if at_us is None else f"{datetime.fromtimestamp(at_us / 1e6, UTC):%Y-%m-%d %H:%M} UTC"
    )


START, LOGIN = "/console", "/console/login"
LOGIN_COOKIE = "baihuo-login"  # of who is not logged in: what the token of the form is made of
_FORM = "application/x-www-form-urlencoded"
_MAX_FIELDS, _MAX_OF_A_ROW = 20, 200
_OWN_PATH = re.compile(r"/console(?:/[A-Za-z0-9_-]+)*(?:\?[A-Za-z0-9_=&%.-]*)?")


class ConsoleRoute(APIRoute):
    """A page of the console. Without an account there is none: 404. Errors are pages, with the headers of all pages."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            access = access_of(request)
            if not access.people.has_console():
                raise HTTPException(404)
            try:
                response = await handle(request)
            except NotAllowed:
                response = _to_login(request)
            except ShopError as error:
                response = _error_page(request, access, error)
            response.headers.update(HEADERS)
            return response

        return guarded


async def logged_in(request: Request) -> Person:
    """Who is logged in.

    Raises:
        NotAllowed: not logged in; the browser is sent to the login, and back afterwards.
    """
    person = access_of(request).people.find(request)
    if person is None:
        raise NotAllowed("nobody is logged in", fix=f"log in at {LOGIN}")
    return person


PersonDep = Annotated[Person, Depends(logged_in)]


async def logged_in_engineer(person: PersonDep) -> Person:
    """An engineer who is logged in.

    Raises:
        Forbidden: the role is another one.
    """
    if not person.allows(Scope.ADMIN):
        raise Forbidden(
            f"{person.lacks}; this page is for engineers",
            fix=f"ask for another role: baihuo accounts role {person.name} engineer",
        )
    return person


EngineerDep = Annotated[Person, Depends(logged_in_engineer)]


async def person_form(request: Request, person: PersonDep) -> dict[str, str]:
    """The fields of a form that a page of this session sent.

    Raises:
        NotOurPage: it comes from elsewhere.
    """
    return await _form(request, person.csrf)


async def wide_form(request: Request, person: PersonDep) -> dict[str, str]:
    """As :func:`person_form`, of a form with a field for each of a row's.

    Raises:
        NotOurPage: it comes from elsewhere.
    """
    return await _form(request, person.csrf, most=_MAX_OF_A_ROW)


async def stranger_form(request: Request) -> dict[str, str]:
    """The fields of a form that a page of ours sent to somebody who is not logged in.

    Raises:
        NotOurPage: it comes from elsewhere, or the browser takes no cookies.
    """
    secret = request.cookies.get(cookie_name(request, LOGIN_COOKIE), "")
    if not secret:
        require_same_origin(request)
        raise NotOurPage(
            "the form came without its cookie",
            fix="allow cookies of this site, and open the page again",
        )
    return await _form(request, csrf_of(secret))


PersonForm = Annotated[dict[str, str], Depends(person_form)]
WideForm = Annotated[dict[str, str], Depends(wide_form)]
StrangerForm = Annotated[dict[str, str], Depends(stranger_form)]


def next_path(text: str) -> str:
    """Where to go after the login: a page of the console, or its start. Never another site, however it is written."""
    return text if _OWN_PATH.fullmatch(text) and len(text) <= 500 else START


def see(path: str) -> Response:
    """Go to a page of ours, and GET it."""
    return RedirectResponse(path, status_code=303)


async def _form(request: Request, csrf: bytes, *, most: int = _MAX_FIELDS) -> dict[str, str]:
    require_same_origin(request)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise BadInput("this is no form", fix=f"send it as {_FORM}")
    try:
        text = (await request.body()).decode("utf-8")
        fields = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=most, errors="strict"))
    except ValueError:
        raise BadInput("the form cannot be read", fix="open the page again") from None
    require_csrf(fields.get(CSRF_FIELD, ""), csrf)
    return fields


def _to_login(request: Request) -> Response:
    """To the login, which leads back to a page; a form that was sent meanwhile is not sent again."""
    query = f"?{request.url.query}" if request.url.query else ""
    back = next_path(request.url.path + query) if request.method in ("GET", "HEAD") else START
    return see(LOGIN if back == START else f"{LOGIN}?next={quote(back, safe='')}")


def _error_page(request: Request, access: Access, error: ShopError) -> Response:
    page = console_of(request).page(
        request,
        "error.html",
        status=error.status,
        person=access.people.find(request),
        code=error.status,
        problem=error.what,
        fix=error.fix,
    )
    if (retry_after_s := getattr(error, "retry_after_s", None)) is not None:
        page.headers["Retry-After"] = str(retry_after_s)
    return page
