"""What all pages of the console share: templates, language, headers, and the names that templates use."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from baihuo.serve.api.people import Person, masked
from baihuo.serve.console.health import ShopStates
from baihuo.serve.console.logins import Logins
from baihuo.serve.storefront.layout import storefront_of
from baihuo.serve.storefront.translations import LANGUAGE_COOKIE, Translation, language_of
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
