"""The pages of the storefront. They call the same functions in this process as the API does."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from jinja2 import Environment, Template
from pydantic import ValidationError

from baihuo.core import (
    CATEGORY_SEPARATOR,
    BadInput,
    NotFound,
    Product,
    Served,
    has_han,
    minor_unit_digits,
)
from baihuo.index import BadFilter, simple_filters
from baihuo.serve.api.problems import field_problem
from baihuo.serve.api.routes.pages import HomeRequest, SearchParameters, SimilarRequest, answered
from baihuo.serve.storefront.address import (
    SORTS,
    Address,
    facet_groups,
    filter_chips,
    reading_chips,
)
from baihuo.serve.storefront.layout import PageContext, page_context
from baihuo.serve.storefront.view import (
    Card,
    Translation,
    cards,
    corrected_of,
    date_of,
    notes_of,
    picture_of,
    plain_cards,
    price_of,
    title_of,
    total_of,
    with_ads,
)
from baihuo.serve.worker.worker import AnsweredPage

router = APIRouter(include_in_schema=False)
PageContextDep = Annotated[PageContext, Depends(page_context)]

_N_SUGGESTED, _N_SUGGESTED_CATEGORIES, _N_SUGGESTED_PRODUCTS = 6, 3, 4
_PAGE_SIZE, _N_SIMILAR, _N_COMPLEMENTS = 24, 12, 6
_HISTORY_REASONS = {
    "bought_before",
    "bought_together",
    "clicked_together",
    "like_what_you_viewed",
}


@router.get("/")
async def home_page(context: PageContextDep) -> Response:
    """What this visitor may want now."""
    departments = await context.storefront.departments(context.worker)
    given = context.request.query_params
    parameters: dict[str, Any] = {n: given[n] for n in ("page", "query_id") if given.get(n)}
    interests = given.getlist("interests")
    # The form always sends an empty one: alone, it takes back what was declared. A link of another site declares nothing.
    if interests and context.request.headers.get("sec-fetch-site") != "cross-site":
        parameters["interests"] = [name for name in interests if name]
    answer = _answer(context, HomeRequest, parameters)
    served = answer.served
    state = context.worker.state()  # what was declared in this request or before
    declared = state.feature_state.basics(context.visitor_id).interests or ()
    page_cards = _cards(context, served)
    codes = {c.reason_code for c in page_cards}
    is_known = not codes.isdisjoint(_HISTORY_REASONS)
    is_theirs = is_known or "searched_for" in codes
    first = page_cards[:6]  # what the heading is read with
    is_popular = 2 * sum(c.reason_code == "popular" for c in first) >= max(1, len(first))
    n_more = served.page.total - served.page.page * served.page.page_size
    more = f"/?page={served.page.page + 1}&query_id={served.page.query_id}" if n_more > 0 else None
    return context.page(
        "home.html",
        served=served,
        cards=_with_ads(context, page_cards, answer),
        heading="home_known" if is_theirs else "home_new" if is_popular else "home_catalogue",
        is_known=is_known,
        more=more,
        departments=departments,
        interests=declared,
        interest_names=" · ".join(map(context.translation.category, declared)),
        choices=list(dict.fromkeys([*(d.name for d in departments), *declared])),
    )


@router.get("/search")
async def search_page(context: PageContextDep) -> Response:
    """A search; without words, the products of a category or of the whole shop."""
    address = Address.read(
        context.request.query_params, minor_unit_digits(context.storefront.currency)
    )
    address, filter_hint, filter_notes = _with_simple_filters(address, context)
    parameters: dict[str, Any] = address.parameters()
    if context.is_explained and (wanted := context.request.query_params.get("why_not", "").strip()):
        parameters["why_not"] = wanted  # the product whose absence an explained page explains
    answer = answered(_request(context, SearchParameters, parameters), context.request)
    served = answer.served
    page, translation = served.page, context.translation
    page_cards = _cards(context, served)
    currency = next((c.currency for c in page_cards if c.currency), context.storefront.currency)
    n_pages = -(-page.total // page.page_size)
    page_numbers = [n for n in range(page.page - 2, page.page + 3) if 1 <= n <= n_pages]
    query_text = served.query.query_text.strip()
    path = served.query.filters.category
    heading = (
        translation.category(path[-1])
        if path and not query_text
        else translation.text("all_products")
    )
    alternatives = None
    others = context.worker.catalog.get_many(list(page.alternatives))
    hosts = context.storefront.picture_hosts
    other_kinds = plain_cards(page.alternatives, others, translation, hosts)
    # Notes on the filter first; corrected words have notes of their own, with a link to the search as typed.
    notes = [
        note
        for note in dict.fromkeys((*filter_notes, *page.notes))
        if not note.startswith("corrected:")
    ]
    if not page_cards and page.page == 1 and not other_kinds:
        alternatives = _served(context, HomeRequest, {"page_size": "12"})
    return context.page(
        "search.html",
        served=served,
        cards=_with_ads(context, page_cards, answer),
        address=address,
        query_text=query_text,
        heading=translation.text("results_for", query=query_text) if query_text else heading,
        total=total_of(page, translation),
        notes=notes_of(replace(page, notes=tuple(notes)), translation),
        corrected=corrected_of(page),
        as_typed=str(address.words_as_typed("spelling")),
        other_kinds=other_kinds,
        related=answer.related,
        facets=facet_groups(page, address, translation, currency),
        chips=filter_chips(address, translation, currency),
        readings=reading_chips(page.read, address, translation, currency),
        read_again=str(address.with_words_read()) if address.get("as_typed") else "",
        sorts=_sorts(address, translation),
        sort=served.query.sort.value,
        n_pages=n_pages,
        pages=[(n, str(address.at_page(n, page.query_id))) for n in page_numbers],
        previous=str(address.at_page(page.page - 1, page.query_id)) if page.page > 1 else None,
        following=str(address.at_page(page.page + 1, page.query_id))
        if page.page < n_pages
        else None,
        stock=str(address.with_("in_stock", None if served.query.filters.in_stock else "true")),
        is_in_stock=served.query.filters.in_stock,
        alternatives=_cards(context, alternatives) if alternatives else [],
        alternatives_served=alternatives,
        breadcrumb=_breadcrumb(path, translation) if path else [],
        filter_hint=filter_hint,
        why_not=answer.why_not,
        why_not_form=address.hidden([]) if context.is_explained else None,
        price_hint=translation.text(*address.price_hint) if address.price_hint else "",
    )


@router.get("/suggestions")
async def suggestions(context: PageContextDep) -> Response:
    """What completes the typed words, as a part of a page."""
    suggester, generation = context.worker.suggester()
    q = context.request.query_params.get("q", "")
    found = suggester.suggest(q, n=_N_SUGGESTED)
    language = context.translation.language
    return context.page(
        "_suggestions.html",
        queries=found.queries,
        categories=[
            (" › ".join(map(context.translation.category, path)), CATEGORY_SEPARATOR.join(path))
            for path in found.categories[:_N_SUGGESTED_CATEGORIES]
        ],
        products=[
            (product.product_id, title_of(product, language))
            for product in (
                generation.product(int(r)) for r in found.products[:_N_SUGGESTED_PRODUCTS]
            )
        ],
    )


@router.get("/p/{product_id:path}")
async def product_page(product_id: str, context: PageContextDep) -> Response:
    """One product, with what is bought with it and similar ones."""
    product = context.worker.catalog.get(product_id)
    answer = _answer(
        context, SimilarRequest, {"product_id": product_id, "page_size": str(_N_SIMILAR)}
    )
    served = answer.served
    query = {"product_id": product_id, "page_size": str(_N_COMPLEMENTS), "complements": "true"}
    complements = _served(context, SimilarRequest, query)
    translation = context.translation
    parameters = context.request.query_params
    origin = {k: parameters[k] for k in ("query_id", "position", "surface") if parameters.get(k)}
    return context.page(
        "product.html",
        product=product,
        assist_product=product.product_id,
        served=served,
        cards=_with_ads(context, _cards(context, served), answer),
        complements=_cards(context, complements),
        complements_served=complements,
        origin=origin,
        title=title_of(product, translation.language),
        description=(product.description_zh or product.description_en)
        if translation.language == "zh"
        else (product.description_en or product.description_zh),
        price=price_of(product.price_minor, product.currency),
        picture=picture_of(product, context.storefront.picture_hosts),
        attributes=[
            (translation.attribute(k), translation.value(k, v))
            for k, v in product.attributes.items()
        ],
        variants=[
            {
                "id": v.variant_id,
                "label": " · ".join(translation.value(k, a) for k, a in v.attributes.items())
                or v.variant_id,
                "price": price_of(v.price_minor, product.currency),
                "price_minor": v.price_minor,
                "is_sold_out": v.stock_units is not None and v.stock_units < 1,
            }
            for v in product.variants
        ],
        variant_name=" / ".join(
            dict.fromkeys(translation.attribute(k) for v in product.variants for k in v.attributes)
        ),
        released=date_of(product.released_at_us),
        breadcrumb=_breadcrumb(product.category, translation),
    )


@router.get("/pictures/{name}")
async def shop_picture(name: str, context: PageContextDep) -> Response:
    """A picture from the shop's folder."""
    content, media_type = picture(context.storefront.pictures, name)
    return Response(content, media_type=media_type, headers=HEADERS)


@router.get("/placeholders/{product_id:path}.svg")
async def product_placeholder(product_id: str, context: PageContextDep) -> Response:
    """The drawn picture of a product without one."""
    svg = placeholder(context.worker.catalog.get(product_id))
    return Response(svg, media_type="image/svg+xml", headers=HEADERS)


def _with_simple_filters(
    address: Address, context: PageContext
) -> tuple[Address, BadFilter | None, tuple[str, ...]]:
    """What facets can show of a filter in the filter language as parameters of their own, so that their links can change
    it, and notes on values that no product has. A filter that is wrong filters nothing, and is returned to be shown."""
    if not address.get("filter"):
        return address, None, ()
    query = _request(context, SearchParameters, address.parameters()).query()
    try:
        snapshot = context.worker.state().generation.snapshot
        simple, unknown = simple_filters(query.filters, snapshot)
        return address.with_filters(simple), None, unknown
    except BadFilter as error:
        return address.with_("filter", None), error, ()


def _served(context: PageContext, request_model: type[Any], parameters: dict[str, Any]) -> Served:
    """The page of :func:`_answer`, without its ads."""
    return _answer(context, request_model, parameters).served


def _answer(
    context: PageContext, request_model: type[Any], parameters: dict[str, Any]
) -> AnsweredPage:
    """The page that the API would return, validated by the same model.

    Raises:
        BadInput: a parameter is not valid.
    """
    return answered(_request(context, request_model, parameters), context.request)


def _with_ads(context: PageContext, page_cards: list[Card], answer: AnsweredPage) -> list[Card]:
    if not answer.ads:
        return page_cards
    products = context.worker.catalog.get_many([ad.product_id for ad in answer.ads])
    hosts = context.storefront.picture_hosts
    return with_ads(page_cards, answer, products, context.translation, hosts)


def _sorts(address: Address, translation: Translation) -> list[tuple[str, str, str]]:
    """Code, label and URL of each sort."""
    return [
        (
            sort,
            translation.text(f"sort_{sort}"),
            str(address.with_("sort", None if sort == "relevance" else sort)),
        )
        for sort in SORTS
    ]


def _request(context: PageContext, request_model: type[Any], parameters: dict[str, Any]) -> Any:
    """The request of the API with these parameters, validated by its model.

    Raises:
        BadInput: a parameter is not valid.
    """
    try:
        return request_model.model_validate(
            {
                "page_size": _PAGE_SIZE,
                "explain": context.is_explained,
                **parameters,
                **context.basics,
                "visitor_id": context.visitor_id,
                "language": context.language,
            }
        )
    except ValidationError as error:
        problems = [field_problem(dict(e)) for e in error.errors()]
        raise BadInput(
            "; ".join(f"{p.field}: {p.reason}" for p in problems),
            fix="; ".join(p.fix for p in problems),
        ) from None


def _cards(context: PageContext, served: Served) -> list[Card]:
    ids = [p.product_id for p in served.page.placed]
    products = context.worker.catalog.get_many(ids)
    return cards(served, products, context.translation, context.storefront.picture_hosts)


def _breadcrumb(path: tuple[str, ...], translation: Translation) -> list[tuple[str, str]]:
    """A breadcrumb: name and URL of each level of the category, from the root."""
    prefixes = [CATEGORY_SEPARATOR.join(path[: i + 1]) for i in range(len(path))]
    return [
        (translation.category(name), str(Address((("category", prefix),))))
        for name, prefix in zip(path, prefixes, strict=True)
    ]


_NAME = re.compile(r"[A-Za-z0-9][\w.-]*\.(svg|png|jpg|jpeg|webp|gif)")
_LONGEST_NAME = 255  # bytes
_TYPES = {"svg": "image/svg+xml", "jpg": "image/jpeg"}
# An SVG that is opened as a page may run no script and load nothing.
HEADERS = {
    "Cache-Control": "public, max-age=86400",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
}


def picture(folder: Path, name: str) -> tuple[bytes, str]:
    """The bytes and media type of a picture of the shop.

    Raises:
        NotFound: there is no such file, or the name is not one of a picture.
    """
    path = folder / name
    # The file system refuses to look for a longer name.
    is_name = len(name.encode()) <= _LONGEST_NAME and _NAME.fullmatch(name)
    # A link out of the folder could name any file of the machine, where somebody else made the shop.
    is_here = is_name and path.is_file() and path.resolve().is_relative_to(folder.resolve())
    if not is_here:
        raise NotFound(f"there is no picture {name!r}", fix=f"put it into {folder.name}/")
    extension = path.suffix[1:]
    return path.read_bytes(), _TYPES.get(extension, f"image/{extension}")


def placeholder(product: Product) -> str:
    """An SVG with the initials of the brand. Products of one category have the same hue."""
    key = " ".join(product.category) or product.brand or product.product_id
    hue = int(hashlib.sha256(key.encode()).hexdigest()[:4], 16) % 360
    initials = _initials(product.brand or product.title)
    font_size = 84 if len(initials) == 1 else 64
    return _placeholder_template().render(hue=hue, initials=initials, font_size=font_size)


@cache
def _placeholder_template() -> Template:
    path = Path(__file__).with_name("templates") / "placeholder.svg"
    return Environment(autoescape=True).from_string(path.read_text(encoding="utf-8"))


def _initials(text: str) -> str:
    if has_han(text):
        return next(c for c in text if has_han(c))
    words = [w for w in re.split(r"\W+", text) if w]
    return "".join(w[0] for w in words[:2]).upper() or "·"
