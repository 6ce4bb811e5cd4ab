"""What every page shares: who looks, in which language, and how a page leaves the house."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from baihuo.catalog import Catalog
from baihuo.core import ShopPaths, web_origin
from baihuo.serve.config import ServeConfig
from baihuo.serve.storefront.narrowing import Address
from baihuo.serve.storefront.view import picture_of
from baihuo.serve.storefront.words import LANGUAGE_COOKIE, Words, language_of, words_of
from baihuo.serve.worker.worker import Worker

VISITOR_COOKIE = "visitor"
_VISITOR = re.compile(r"v-[A-Za-z0-9_-]{20}")
_YEAR_S = 365 * 86_400


def security(picture_hosts: tuple[str, ...]) -> dict[str, str]:
    """Nothing comes from elsewhere but pictures of these hosts; no script or style stands in a page itself."""
    pictures = " ".join(("'self'", *picture_hosts))
    return {
        "Content-Security-Policy": (
            f"default-src 'none'; script-src 'self'; style-src 'self'; img-src {pictures}; "
            "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        ),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
    }


@dataclass(frozen=True, slots=True)
class Department:
    """A root of the category tree."""

    name: str  # as stored
    href: str
    picture: str


@dataclass(slots=True, eq=False)
class Storefront:
    """Of one application: its templates, its words, its folder of pictures."""

    shop: Path
    config: ServeConfig
    templates: Environment = field(init=False)
    words: dict[str, Words] = field(init=False)
    picture_hosts: tuple[str, ...] = field(init=False)  # as origins
    currency: str | None = None  # of most products, for pages that show none
    _departments: list[Department] = field(default_factory=list)
    _of_version: int = -1
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self.words = words_of(self.shop, self.config.languages)
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
        return ShopPaths(self.shop).pictures

    async def departments(self, worker: Worker) -> list[Department]:
        """The roots of the categories, those with most products first.

        Read from the whole catalogue, in a thread, and again only after it changed a good deal.
        """
        async with self._lock:
            version = worker.catalog.version()
            if self._of_version < 0 or version > self._of_version + 500:
                self._departments, self.currency = await asyncio.to_thread(
                    _roots, worker.catalog, self.picture_hosts
                )
                self._of_version = version
        return self._departments


def _roots(catalog: Catalog, picture_hosts: tuple[str, ...]) -> tuple[list[Department], str | None]:
    counts: Counter[str] = Counter()
    currencies: Counter[str] = Counter()
    pictured: dict[str, str] = {}
    for product in catalog.products():
        if product.currency:
            currencies[product.currency] += 1
        if product.category:
            counts[product.category[0]] += 1
            if product.images or product.category[0] not in pictured:
                pictured.setdefault(product.category[0], picture_of(product, picture_hosts))
    roots = [
        Department(name, str(Address((("category", name),))), pictured[name])
        for name, _ in counts.most_common(14)
    ]
    return roots, currencies.most_common(1)[0][0] if currencies else None


@dataclass(frozen=True, slots=True)
class Frame:
    """One request of one visitor."""

    request: Request
    storefront: Storefront
    worker: Worker
    words: Words
    visitor_id: str
    is_new: bool

    @property
    def language(self) -> str:
        return self.words.language

    @property
    def is_explained(self) -> bool:
        return self.request.query_params.get("explain") == "true"

    def page(self, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """A page with the headers and cookies every page has."""
        values = {
            "served": None,
            "query_text": "",
            "config": self.storefront.config,
            "words": self.words,
            "say": self.words.say,
            "language": self.language,
            "languages": [
                (w, self._in_language(code)) for code, w in self.storefront.words.items()
            ],
            "visitor_id": self.visitor_id,
            "explain_href": self._with(explain="true"),
            "is_explained": self.is_explained,
            **values,
        }
        html = self.storefront.templates.get_template(template).render(values)
        policy = security(self.storefront.picture_hosts)
        headers = {**policy, "Cache-Control": "no-store", "Content-Language": self.language}
        response = HTMLResponse(html, status, headers=headers)
        if self.is_new:
            response.set_cookie(
                VISITOR_COOKIE, self.visitor_id, max_age=_YEAR_S, samesite="lax", httponly=True
            )
        if self.request.cookies.get(LANGUAGE_COOKIE) != self.language:
            response.set_cookie(LANGUAGE_COOKIE, self.language, max_age=_YEAR_S, samesite="lax")
        return response

    def _in_language(self, language: str) -> str:
        return self._with(language=language)

    def _with(self, **changed: str) -> str:
        """This address with some of its parts changed."""
        kept = [(k, v) for k, v in self.request.query_params.multi_items() if k not in changed]
        return f"{self.request.url.path}?{urlencode([*kept, *changed.items()])}"


async def framed(request: Request) -> Frame:
    """The frame of a request: a visitor we know by a cookie, or a new one."""
    storefront: Storefront = request.app.state.storefront
    known = request.cookies.get(VISITOR_COOKIE, "")
    is_new = not _VISITOR.fullmatch(known)
    return Frame(
        request=request,
        storefront=storefront,
        worker=request.app.state.worker,
        words=storefront.words[language_of(request, storefront.words)],
        visitor_id=f"v-{secrets.token_urlsafe(15)}" if is_new else known,
        is_new=is_new,
    )
