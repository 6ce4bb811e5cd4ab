"""The pages of the storefront. They ask the same in-process functions as the API does."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import ValidationError

from baihuo.core import BadInput, Query, Served
from baihuo.core.tables import CATEGORY_SEPARATOR
from baihuo.serve.api.problems import field_problem
from baihuo.serve.api.request_models import HomeRequest, SearchParameters, SimilarRequest
from baihuo.serve.storefront.frame import Frame, framed
from baihuo.serve.storefront.narrowing import SORTS, Address, chips, groups
from baihuo.serve.storefront.pictures import HEADERS, picture, placeholder
from baihuo.serve.storefront.view import (
    Card,
    cards,
    date_of,
    exponent_of,
    notes_of,
    picture_of,
    price_of,
    title_of,
    total_of,
)
from baihuo.serve.storefront.words import Words

router = APIRouter(include_in_schema=False)
Framed = Annotated[Frame, Depends(framed)]

_PAGE_SIZE, _N_SIMILAR = 24, 12
_FROM_HISTORY = {"bought_before", "bought_together", "like_what_you_viewed"}  # reasons


@router.get("/")
async def home(frame: Framed) -> Response:
    """What this visitor may want now."""
    served = _served(frame, HomeRequest, _only(frame.request, "page", "query_id"))
    shown = _cards(frame, served)
    is_known = any(c.reason_code in _FROM_HISTORY for c in shown)
    n_more = served.page.total - served.page.page * served.page.page_size
    more = f"/?page={served.page.page + 1}&query_id={served.page.query_id}" if n_more > 0 else None
    return frame.page(
        "home.html",
        served=served,
        cards=shown,
        is_known=is_known,
        more=more,
        departments=await frame.storefront.departments(frame.worker),
    )


@router.get("/search")
async def search(frame: Framed) -> Response:
    """A search, or a walk through the shelves when no words are given."""
    address = Address.read(frame.request.query_params, exponent_of(frame.storefront.currency))
    served = _served(frame, SearchParameters, address.parameters())
    page, words = served.page, frame.words
    shown = _cards(frame, served)
    currency = next((c.currency for c in shown if c.currency), frame.storefront.currency)
    n_pages = -(-page.total // page.page_size)
    around = [n for n in range(page.page - 2, page.page + 3) if 1 <= n <= n_pages]
    text = served.query.query_text.strip()
    path = served.query.filters.category
    heading = words.category(path[-1]) if path and not text else words.say("all_products")
    meanwhile = None
    if not shown and page.page == 1:
        meanwhile = _served(frame, HomeRequest, {"page_size": "12"})
    return frame.page(
        "search.html",
        served=served,
        cards=shown,
        address=address,
        query_text=text,
        heading=words.say("results_for", query=text) if text else heading,
        total=total_of(page, words),
        notes=notes_of(page, words),
        groups=groups(page, address, words, currency),
        chips=chips(address, words, currency),
        sorts=[
            (s, words.say(f"sort_{s}"), str(address.with_("sort", None if s == "relevance" else s)))
            for s in SORTS
        ],
        sort=served.query.sort.value,
        n_pages=n_pages,
        pages=[(n, str(address.at_page(n, page.query_id))) for n in around],
        previous=str(address.at_page(page.page - 1, page.query_id)) if page.page > 1 else None,
        following=str(address.at_page(page.page + 1, page.query_id))
        if page.page < n_pages
        else None,
        stock=str(address.with_("in_stock", None if served.query.filters.in_stock else "true")),
        is_in_stock=served.query.filters.in_stock,
        meanwhile=_cards(frame, meanwhile) if meanwhile else [],
        meanwhile_served=meanwhile,
        trail=_trail(path, words) if path else [],
        price_hint=words.say(*address.price_hint) if address.price_hint else "",
    )


@router.get("/p/{product_id:path}")
async def product(product_id: str, frame: Framed) -> Response:
    """One product, and what is like it."""
    found = frame.worker.catalog.get(product_id)
    served = _served(
        frame, SimilarRequest, {"product_id": product_id, "page_size": str(_N_SIMILAR)}
    )
    words = frame.words
    sent = frame.request.query_params
    came = {k: sent[k] for k in ("query_id", "position", "surface") if sent.get(k)}
    return frame.page(
        "product.html",
        product=found,
        served=served,
        cards=_cards(frame, served),
        came=came,
        title=title_of(found, words.language),
        description=(found.description_zh or found.description_en)
        if words.language == "zh"
        else (found.description_en or found.description_zh),
        price=price_of(found.price_minor, found.currency),
        picture=picture_of(found, frame.storefront.picture_hosts),
        attributes=[(words.attribute(k), words.value(k, v)) for k, v in found.attributes.items()],
        variants=[
            {
                "id": v.variant_id,
                "label": " · ".join(words.value(k, a) for k, a in v.attributes.items())
                or v.variant_id,
                "price": price_of(v.price_minor, found.currency),
                "price_minor": v.price_minor,
                "is_sold_out": v.stock_units is not None and v.stock_units < 1,
            }
            for v in found.variants
        ],
        variant_name=" / ".join(
            dict.fromkeys(words.attribute(k) for v in found.variants for k in v.attributes)
        ),
        released=date_of(found.released_at_us),
        trail=_trail(found.category, words),
    )


@router.get("/pictures/{name}")
async def shop_picture(name: str, frame: Framed) -> Response:
    """A picture of the shop's folder."""
    content, media_type = picture(frame.storefront.pictures, name)
    return Response(content, media_type=media_type, headers=HEADERS)


@router.get("/placeholders/{product_id:path}.svg")
async def drawn(product_id: str, frame: Framed) -> Response:
    """The picture of a product that has none."""
    svg = placeholder(frame.worker.catalog.get(product_id))
    return Response(svg, media_type="image/svg+xml", headers=HEADERS)


def _served(frame: Frame, asking: type[Any], sent: dict[str, Any]) -> Served:
    """The page that the API would answer with, checked by the same model."""
    try:
        asked = asking.model_validate(
            {
                "page_size": _PAGE_SIZE,
                "explain": frame.is_explained,
                **sent,
                "visitor_id": frame.visitor_id,
                "language": frame.language,
            }
        )
    except ValidationError as error:
        wrong = [field_problem(dict(e)) for e in error.errors()]
        raise BadInput(
            "; ".join(f"{w.field}: {w.reason}" for w in wrong),
            fix="; ".join(w.fix for w in wrong),
        ) from None
    query: Query = asked.query()
    served = frame.worker.page(query, is_continued="query_id" in sent)
    metrics = frame.request.app.state.metrics
    metrics.pages.labels(query.surface.value, served.page.bundle_id).inc()
    if not served.page.placed:
        metrics.empty_pages.labels(query.surface.value).inc()
    return served


def _cards(frame: Frame, served: Served) -> list[Card]:
    ids = [p.product_id for p in served.page.placed]
    products = frame.worker.catalog.get_many(ids)
    return cards(served, products, frame.words, frame.storefront.picture_hosts)


def _only(request: Request, *names: str) -> dict[str, str]:
    return {n: v for n in names if (v := request.query_params.get(n))}


def _trail(path: tuple[str, ...], words: Words) -> list[tuple[str, str]]:
    """The way from the root: each step's name and where it leads."""
    steps = [CATEGORY_SEPARATOR.join(path[: i + 1]) for i in range(len(path))]
    return [
        (words.category(name), str(Address((("category", step),))))
        for name, step in zip(path, steps, strict=True)
    ]
