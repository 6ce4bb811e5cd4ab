"""A page as JSON: what the ranker placed, with the products as they are now."""

from __future__ import annotations

from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, Field

from baihuo.ads import AdReason, ShownAd
from baihuo.core import CATEGORY_SEPARATOR, READING_KINDS, Served
from baihuo.index import Generation, Suggestions
from baihuo.rank import REASON_MEANINGS, WhyNot

AD_LABEL = {"en": "Ad", "zh": "广告"}
"""The mark of an ad, by language."""


class ProductOut(BaseModel):
    """What a page shows of a product."""

    product_id: str
    title: str
    title_en: str | None
    title_zh: str | None
    brand: str | None
    category: list[str]
    price_minor: int | None
    currency: str | None
    stock_units: int | None
    image: str | None


class SuggestedQuery(BaseModel):
    """A search that several visitors typed."""

    text: str


class RelatedSearch(BaseModel):
    """A related search."""

    text: str


class SuggestedCategory(BaseModel):
    """A category of the shop."""

    path: list[str] = Field(examples=[["Electronics", "Phones"]])


class SuggestionsOut(BaseModel):
    """Completions of what somebody types, the likeliest first of each kind."""

    queries: list[SuggestedQuery]
    categories: list[SuggestedCategory]
    products: list[ProductOut]


class VariantOut(BaseModel):
    """The variant that a page shows for its product."""

    variant_id: str
    price_minor: int | None = Field(description="Its own price, else that of the product")
    stock_units: int | None = Field(description="null: not tracked")
    attributes: dict[str, str | float | bool]


class Result(BaseModel):
    """One product on a page, and the reason it is there."""

    product_id: str
    position: int = Field(ge=1, description="1 is the top of the first page")
    score: float
    propensity: float | None = Field(
        description="P(this product at this position | logging policy); null where unknown"
    )
    reason: str = Field(
        examples=["matches", "bought_before", "popular"],
        json_schema_extra={"enum": list(REASON_MEANINGS)},
        description="Why the product is on the page. "
        + "; ".join(f"`{code}`: {meaning}" for code, meaning in REASON_MEANINGS.items()),
    )
    reason_detail: str = Field(
        description="What the reason refers to: a title or a brand; may be empty"
    )
    product: ProductOut
    variant: VariantOut | None = Field(
        default=None,
        description="Of a search, where the product has variants: the one that passes the filters, is in stock if any is, "
        "and costs least. Its price is the one that sorts",
    )


class FacetValueOut(BaseModel):
    """A value, and how many products of the answer set have it."""

    value: str
    n_products: int
    is_selected: bool


class FacetOut(BaseModel):
    """Values by which the answer set can be filtered."""

    name: str
    values: list[FacetValueOut]


class ReadingOut(BaseModel):
    """A limit or preference that was read in the words of a search."""

    kind: str = Field(
        json_schema_extra={"enum": list(READING_KINDS)},
        description="`price` and `size` are filters, and are never relaxed; products with the `colour`, "
        "`gender` or `measure` come first; those with what shall be `without` are left out; `code`: the text is the id or code of one product. "
        "`as_typed` switches a kind off",
    )
    text: str = Field(description="The words, in lower case", examples=["under 300"])
    values: list[str] = Field(
        description="What it stands for: stored sizes, a colour, a measure; of a price, `cheap` or `cheapest` where "
        "lower prices come first",
        examples=[["38"]],
    )
    attribute: str = Field(description="The attribute of a size; else empty")
    price_min_minor: int | None = Field(description="In the smallest unit of the currency")
    price_max_minor: int | None = Field(description="In the smallest unit of the currency")


class TraceOut(BaseModel):
    """Counts and time of one stage of ranking."""

    stage: str
    kind: str
    n_in: int
    n_out: int
    ms: float
    note: str
    removed: list[tuple[str, str]]


class WhyNotOut(BaseModel):
    """The place of the product named by `why_not`, or the reason that it has none."""

    product_id: str
    position: int = Field(description="1 is the top of the first page; 0: not in the order")
    page: int = Field(description="The page of that position; 0: none")
    stage: str = Field(
        examples=["page", "catalogue", "matches", "filter brand", "for_sale", "sources"],
        description="The first stage that removed it; `page`: it is in the order, `catalogue`: "
        "there is no such product",
    )
    why: str = Field(examples=["it stands on page 2, at 30"])
    bring_back: list[str] = Field(
        default=[],
        examples=[["without the filter brand Acme: it is of Dorado"]],
        description="What would bring it to the page. Changes of a search were tried: each alone has it among the results",
    )


class AdOut(BaseModel):
    """An ad. Show it marked as one; report its click and, once half of it was on screen for a second, its impression, by its token."""

    product_id: str
    before: int = Field(description="It stands before the result with this 0-based index")
    slot: int = Field(description="1 is the first ad of the page")
    label: dict[str, str] = Field(description="The mark, by language", examples=[{"en": "Ad"}])
    advertiser: str = Field(description="Who pays")
    reason: str = Field(
        description="Why this ad: "
        + ", ".join(f"`{reason}`" for reason in AdReason)
        + " (of the search, the category or the product of the page, of what was viewed, or for everyone)"
    )
    token: str = Field(description="For POST /v1/ads/impressions and /v1/ads/clicks")
    product: ProductOut


class PageOut(BaseModel):
    """A page of products."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "query_id": "0193a1b2c3d4-5f60718293a4b5c6d7e8",
                    "surface": "search",
                    "bundle_id": "5b1f0c7e9a3d2846",
                    "index_id": "c0ffee1234567890",
                    "order": "learned:topicality+both",
                    "page": 1,
                    "page_size": 24,
                    "total": 1,
                    "total_is_exact": True,
                    "results": [
                        {
                            "product_id": "p-1",
                            "position": 1,
                            "score": 0.12,
                            "propensity": 0.98,
                            "reason": "matches",
                            "reason_detail": "",
                            "product": {
                                "product_id": "p-1",
                                "title": "Phone",
                                "title_en": "Phone",
                                "title_zh": "手机",
                                "brand": "Acme",
                                "category": ["Electronics", "Phones"],
                                "price_minor": 19900,
                                "currency": "EUR",
                                "stock_units": 3,
                                "image": None,
                            },
                        }
                    ],
                    "ads": [],
                    "facets": [],
                    "notes": [],
                    "read": [],
                    "alternatives": [],
                    "related": [{"text": "phone case"}],
                    "trace": None,
                    "why_not": None,
                }
            ]
        }
    )

    query_id: str
    surface: str
    bundle_id: str
    index_id: str
    order: str = Field(
        description="Which order served: `text` (words and vectors), `fused` (purchases, taste, popularity), "
        "`learned:` and the models, or the requested sort"
    )
    page: int
    page_size: int
    total: int
    total_is_exact: bool = Field(description="false: there are at least `total` products")
    results: list[Result]
    ads: list[AdOut] = Field(
        description="Ads of the page, by place; organic results, totals and facets are the same without them"
    )
    facets: list[FacetOut]
    notes: list[str] = Field(
        description="How the page was made: `relaxed:2` (at least two of the words match), "
        "`corrected:labtop:laptop` (also `corrected:shouji:手机`), `read_as:cordless:wireless` (a word that no product has, read as one that means the same), `not_sold:sofa` (nothing of the kind; see `alternatives`), "
        "`meant:socks, blanket` (the words name no product; these kinds are for that), "
        "`unknown_brand:nike` and `unknown_word:robot` (no product has it, so it was left out), …"
    )
    read: list[ReadingOut] = Field(
        description="Limits and preferences read in the words and applied; empty if there are none"
    )
    alternatives: list[ProductOut] = Field(
        description="Products of other kinds, where nothing of the kind asked for is sold: `notes` has "
        "`not_sold` and `results` is empty"
    )
    related: list[RelatedSearch] = Field(
        description="Other searches that find something, of a search with words: those that several visitors typed next or "
        "clicked the same products after, then what the catalogue offers"
    )
    trace: list[TraceOut] | None = Field(description="Only with `explain`")
    why_not: WhyNotOut | None = Field(description="Only with `why_not`")


def page_json(
    served: Served,
    generation: Generation,
    why_not: WhyNot | None = None,
    related: tuple[str, ...] = (),
    ads: tuple[ShownAd, ...] = (),
) -> bytes:
    """A page in the form of :class:`PageOut`, with the texts of related searches.

    Serialized without the model: validating every product would cost more than the ranking.
    """
    page = served.page
    language = served.query.language
    results = []
    for placed in page.placed:
        row = generation.row_of.get(placed.product_id)
        if row is None:  # removed from the index while the page was made
            continue
        results.append(
            {
                "product_id": placed.product_id,
                "position": placed.position,
                "score": placed.score,
                "propensity": placed.propensity,
                "reason": placed.reason,
                "reason_detail": placed.reason_detail,
                "product": _product(generation.shown(row), language),
                "variant": _variant(generation, row, placed.variant_id),
            }
        )
    return orjson.dumps(
        {
            "query_id": page.query_id,
            "surface": page.surface,
            "bundle_id": page.bundle_id,
            "index_id": page.index_id,
            "order": page.order,
            "page": page.page,
            "page_size": page.page_size,
            "total": page.total,
            "total_is_exact": page.total_is_exact,
            "results": results,
            "ads": [
                {
                    "product_id": ad.product_id,
                    "before": ad.before,
                    "slot": ad.slot,
                    "label": AD_LABEL,
                    "advertiser": ad.advertiser,
                    "reason": ad.reason,
                    "token": ad.token,
                    "product": _product(generation.shown(row), language),
                }
                for ad in ads
                if (row := generation.row_of.get(ad.product_id)) is not None
            ],
            "facets": page.facets,
            "notes": page.notes,
            "read": page.read,
            "alternatives": [
                _product(generation.shown(row), language)
                for product_id in page.alternatives
                if (row := generation.row_of.get(product_id)) is not None
            ],
            "related": [{"text": text} for text in related],
            "trace": page.trace if served.query.explain else None,
            "why_not": why_not,
        },
        option=orjson.OPT_SERIALIZE_NUMPY,
    )


def suggestions_json(found: Suggestions, generation: Generation, language: str) -> bytes:
    """Completions in the form of :class:`SuggestionsOut`."""
    return orjson.dumps(
        {
            "queries": [{"text": text} for text in found.queries],
            "categories": [{"path": path} for path in found.categories],
            "products": [_product(generation.shown(int(row)), language) for row in found.products],
        }
    )


def _variant(generation: Generation, row: int, variant_id: str) -> dict[str, Any] | None:
    """A variant in the form of :class:`VariantOut`; None where the product has it no more."""
    if not variant_id:
        return None
    product = generation.product(row)
    for variant in product.variants:
        if variant.variant_id == variant_id:
            own, stock = variant.price_minor, variant.stock_units
            return {
                "variant_id": variant_id,
                "price_minor": product.price_minor if own is None else own,
                "stock_units": product.stock_units if stock is None else stock,
                "attributes": variant.attributes,
            }
    return None


def _product(fields: dict[str, Any], language: str) -> dict[str, Any]:
    """A product in the form of :class:`ProductOut`."""
    first, second = fields["title_en"], fields["title_zh"]
    if language == "zh":
        first, second = second, first
    category, images = fields["category"], fields["images"]
    return {
        "product_id": fields["product_id"],
        "title": first or second or fields["product_id"],
        "title_en": fields["title_en"],
        "title_zh": fields["title_zh"],
        "brand": fields["brand"],
        "category": category.split(CATEGORY_SEPARATOR) if category else [],
        "price_minor": fields["price_minor"],
        "currency": fields["currency"],
        "stock_units": fields["stock_units"],
        "image": images[0] if images else None,
    }
