"""What all pages share: visitor, language, templates, headers and cookies."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.exceptions import HTTPException

from baihuo.catalog import Catalog
from baihuo.core import ShopError, ShopPaths, referrer_of, web_origin
from baihuo.serve.api.access import VISITOR_COOKIE, KeyNeeded
from baihuo.serve.config import ServeConfig
from baihuo.serve.ids import now_us
from baihuo.serve.storefront.address import Address
from baihuo.serve.storefront.view import (
    LANGUAGE_COOKIE,
    Translation,
    language_of,
    load_translations,
    picture_of,
)
from baihuo.serve.traffic.guard import Overloaded
from baihuo.serve.worker.worker import Worker

_YEAR_S = 365 * 86_400
_TABLET = re.compile(r"(?!.*Mobi).*Android|.*(?:iPad|Tablet)")
_HOST = re.compile(r"[a-z0-9._-]{1,64}")
_MAX_REFERRER = 2_000


def security_headers(picture_hosts: tuple[str, ...]) -> dict[str, str]:
    """Only pictures may come from other hosts, and only from these; inline scripts and styles are forbidden."""
    sources = " ".join(("'self'", *picture_hosts))
    return {
        "Content-Security-Policy": (
            f"default-src 'none'; script-src 'self'; style-src 'self'; img-src {sources}; "
            "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        ),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
    }


@dataclass(frozen=True, slots=True)
class Department:
    """A top-level category."""

    name: str  # as stored
    href: str
    picture: str


@dataclass(slots=True, eq=False)
class Storefront:
    """The storefront of one application: templates, translations, pictures, departments."""

    shop: Path
    config: ServeConfig
    templates: Environment = field(init=False)
    translations: dict[str, Translation] = field(init=False)
    picture_hosts: tuple[str, ...] = field(init=False)  # as origins
    currency: str | None = None  # the most frequent one, for pages without a product
    _departments: list[Department] = field(default_factory=list)
    _catalog_version: int = -1  # of the departments; -1: not read yet
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self.translations = load_translations(self.shop, self.config.languages)
        self.picture_hosts = tuple(map(web_origin, self.config.picture_hosts))
        self.templates = Environment(
            loader=PackageLoader("baihuo.serve.storefront"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    @property
    def pictures(self) -> Path:
        """The folder of pictures."""
        return ShopPaths(self.shop).pictures

    async def departments(self, worker: Worker) -> list[Department]:
        """Top-level categories, those with most products first.

        Counted over the catalogue, in a thread, and again after every 500 changes.
        """
        async with self._lock:
            version = worker.catalog.version()
            if self._catalog_version < 0 or version > self._catalog_version + 500:
                self._departments, self.currency = await asyncio.to_thread(
                    _count_departments, worker.catalog, self.picture_hosts
                )
                self._catalog_version = version
        return self._departments


def _count_departments(
    catalog: Catalog, picture_hosts: tuple[str, ...]
) -> tuple[list[Department], str | None]:
    counts: Counter[str] = Counter()
    currencies: Counter[str] = Counter()
    pictures: dict[str, str] = {}
    for product in catalog.products():
        if product.currency:
            currencies[product.currency] += 1
        if product.category:
            counts[product.category[0]] += 1
            if product.images or product.category[0] not in pictures:
                pictures.setdefault(product.category[0], picture_of(product, picture_hosts))
    departments = [
        Department(name, str(Address((("category", name),))), pictures[name])
        for name, _ in counts.most_common(14)
    ]
    return departments, currencies.most_common(1)[0][0] if currencies else None


@dataclass(frozen=True, slots=True)
class PageContext:
    """A request with its visitor and language, and how it becomes a page."""

    request: Request
    storefront: Storefront
    worker: Worker
    translation: Translation
    visitor_id: str
    is_new: bool

    @property
    def language(self) -> str:
        """``en`` or ``zh``."""
        return self.translation.language

    @property
    def basics(self) -> dict[str, str]:
        """Basic information in the request itself: the device, and the site that they come from, if it is another."""
        headers = self.request.headers
        agent = headers.get("user-agent", "")
        device = "tablet" if _TABLET.match(agent) else "phone" if "Mobi" in agent else "desktop"
        fields = {"platform": "web", "device": device} if agent else {"platform": "web"}
        referrer = referrer_of(headers.get("referer", "")[:_MAX_REFERRER])
        own = referrer_of(headers.get("host", ""))
        if referrer and referrer != own and _HOST.fullmatch(referrer):
            fields["referrer"] = referrer
        return fields

    @property
    def is_explained(self) -> bool:
        """Whether the page shows the stages that made it."""
        return self.request.query_params.get("explain") == "true"

    def page(self, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """A template as a response, with the headers and cookies of all pages."""
        values = {
            "served": None,
            "query_text": "",
            "config": self.storefront.config,
            "translation": self.translation,
            "t": self.translation.text,
            "language": self.language,
            "languages": [
                (other, self._with(language=code))
                for code, other in self.storefront.translations.items()
            ],
            "visitor_id": self.visitor_id,
            "now_ms": now_us() // 1_000,
            "explain_href": self._with(explain="true"),
            "is_explained": self.is_explained,
            "why_not": None,
            "why_not_form": None,
            "has_assist": self.storefront.config.assist.assist.enabled,
            "assist_product": "",
            **values,
        }
        html = self.storefront.templates.get_template(template).render(values)
        policy = security_headers(self.storefront.picture_hosts)
        headers = {**policy, "Cache-Control": "no-store", "Content-Language": self.language}
        response = HTMLResponse(html, status, headers=headers)
        if self.is_new:
            response.set_cookie(
                VISITOR_COOKIE,
                self.request.app.state.access.tokens.sign(self.visitor_id),
                max_age=_YEAR_S,
                samesite="lax",
                httponly=True,
                secure=self.request.url.scheme == "https",
            )
        if self.request.cookies.get(LANGUAGE_COOKIE) != self.language:
            response.set_cookie(LANGUAGE_COOKIE, self.language, max_age=_YEAR_S, samesite="lax")
        return response

    def _with(self, **changed: str) -> str:
        """The URL of this page with some parameters changed."""
        kept = [(k, v) for k, v in self.request.query_params.multi_items() if k not in changed]
        return f"{self.request.url.path}?{urlencode([*kept, *changed.items()])}"


def storefront_of(app: FastAPI) -> Storefront:
    """The storefront of the application, opened for its first page."""
    if not hasattr(app.state, "storefront"):
        app.state.storefront = Storefront(app.state.shop, app.state.config)
    storefront: Storefront = app.state.storefront
    return storefront


async def page_context(request: Request) -> PageContext:
    """The context of a request. A visitor without a cookie gets a new id."""
    storefront = storefront_of(request.app)
    access = request.app.state.access
    known = access.cookie_visitor(request)
    return PageContext(
        request=request,
        storefront=storefront,
        worker=request.app.state.worker,
        translation=storefront.translations[language_of(request, storefront.translations)],
        visitor_id=known or access.identities.of(f"v-{secrets.token_urlsafe(15)}"),
        is_new=known is None,
    )


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
