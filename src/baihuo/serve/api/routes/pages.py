"""Searches, recommendations and completions: their parameters, the query that each becomes, and the endpoints."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from fastapi import APIRouter, Request
from fastapi import Query as InAddress
from fastapi.responses import Response
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from baihuo.access import Scope
from baihuo.core import (
    CATEGORY_SEPARATOR,
    READING_KINDS,
    Filters,
    Query,
    Sort,
    Surface,
    has_han,
    is_consented,
)
from baihuo.monitor import Metrics
from baihuo.serve.api.access import access_of
from baihuo.serve.api.dependencies import StrictRoute, WorkerDep, problems
from baihuo.serve.api.fields import BasicsFields, ConsentFields, Id, Minor
from baihuo.serve.api.response_models import PageOut, SuggestionsOut, page_json, suggestions_json
from baihuo.serve.ids import anonymous_id, new_id, now_us
from baihuo.serve.worker.worker import AnsweredPage, Worker

_Text = Annotated[str, StringConstraints(max_length=500)]
_NamedValue = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^:]+:.+$")]
_KIND = f"({'|'.join(READING_KINDS)})?"
_Kinds = Annotated[  # the pattern is for readers of the schema; the validator's message is easier to read
    str,
    StringConstraints(max_length=500),
    WithJsonSchema(
        {"type": "string", "maxLength": 500, "pattern": f"^ *{_KIND} *(, *{_KIND} *)*$"}
    ),
]
MAX_PAGE, MAX_PAGE_SIZE = 1_000, 100
MAX_FILTER = 2_000  # characters of a filter in the filter language
MAX_ATTRIBUTES = 20  # of one search: each has a facet, counted under the filters of all others


class _PageRequest(BasicsFields, ConsentFields):
    """The parameters of every surface, with basic information of a visitor who has no history yet."""

    model_config = ConfigDict(extra="forbid")

    visitor_id: Id | None = Field(
        default=None,
        description="The browser or account; left out: a visitor without history",
        examples=["v-17"],
    )
    query_id: Id | None = Field(
        default=None,
        description="With `page`: continues the frozen order of the page that has this id",
    )
    language: Literal["en", "zh"] | None = Field(
        default=None,
        description="The preferred language of titles; left out: the language of the query",
    )
    page: int = Field(default=1, ge=1, le=MAX_PAGE)
    page_size: int = Field(default=24, ge=1, le=MAX_PAGE_SIZE)
    explain: bool = Field(
        default=False,
        description="Adds a trace: the counts, removed products and time of each stage",
    )

    why_not: Id | None = Field(
        default=None,
        description="A product id: the page adds `why_not`, the place of that product or why it has none",
        examples=["p-1"],
    )

    def _query(self, surface: Surface, **parts: object) -> Query:
        query_text = str(parts.get("query_text", ""))
        return Query(
            query_id=self.query_id or new_id(),
            surface=surface,
            visitor_id=self.visitor_id or anonymous_id(),
            at_us=now_us(),
            language=self.language or ("zh" if has_han(query_text) else "en"),
            page=self.page,
            page_size=self.page_size,
            explain=self.explain,
            basics=self.basics(self.language),
            **parts,  # type: ignore[arg-type]
        )


class _SearchRequestFields(_PageRequest):
    """The parameters of a search, by GET or POST."""

    q: _Text = Field(
        default="", description="The words of the search, in any language", examples=["手机"]
    )
    brand: list[_Text] = Field(default=[], max_length=50, description="One of these brands")
    category: _Text | None = Field(
        default=None, description="A path from the root", examples=["Electronics > Phones"]
    )
    price_min_minor: Minor | None = Field(
        default=None, description="In the smallest unit of the currency"
    )
    price_max_minor: Minor | None = Field(
        default=None, description="In the smallest unit of the currency"
    )
    in_stock: bool = Field(default=False, description="Only products in stock")
    filter: Annotated[str, StringConstraints(max_length=MAX_FILTER)] = Field(
        default="",
        examples=["brand:nike AND price:[100 TO 500] AND NOT color:red"],
        description="Conditions in the filter language (docs/filters.md), in addition to the other filters: `field:value` with AND, OR, NOT and brackets; fields are brand, category, price (in whole "
        "units), in_stock, released and every attribute of the catalogue",
    )
    sort: Sort = Sort.RELEVANCE
    as_typed: list[_Kinds] = Field(
        default=[],
        max_length=50,
        examples=[["price", "colour"]],
        description="Readings of the words that are switched off, see `read` of the answer: any of "
        + ", ".join(f"`{kind}`" for kind in READING_KINDS)
        + ", repeated or joined by commas. Their words are matched as words; those of a price limit are left out. "
        "With `spelling`, no word is corrected or read as pinyin",
    )

    @field_validator("as_typed")
    @classmethod
    def _kinds_of_readings(cls, given: list[str]) -> list[str]:
        named = [kind.strip(" ") for text in given for kind in text.split(",") if kind.strip(" ")]
        unknown = [kind for kind in named if kind not in READING_KINDS]
        if unknown:
            raise ValueError(
                f"{unknown[0][:40]!r} is no kind of reading; use any of {', '.join(READING_KINDS)}"
            )
        return [kind for kind in READING_KINDS if kind in named]

    @model_validator(mode="after")
    def _prices_in_order(self) -> Self:
        low, high = self.price_min_minor, self.price_max_minor
        if low is not None and high is not None and low > high:
            raise ValueError("price_min_minor is above price_max_minor; swap them")
        return self

    def _search(self, attributes: dict[str, list[str]]) -> Query:
        filters = Filters(
            brands=tuple(dict.fromkeys(self.brand)),
            category=_path(self.category),
            price_min_minor=self.price_min_minor,
            price_max_minor=self.price_max_minor,
            attributes=tuple((n, tuple(dict.fromkeys(v))) for n, v in attributes.items() if v),
            in_stock=self.in_stock,
            where=self.filter.strip(),
        )
        return self._query(
            Surface.SEARCH,
            query_text=self.q,
            filters=filters,
            sort=self.sort,
            as_typed=tuple(self.as_typed),
        )


class SuggestRequest(BaseModel):
    """The beginning of a search."""

    model_config = ConfigDict(extra="forbid")

    q: _Text = Field(default="", description="The beginning of a search", examples=["shou"])
    n: int = Field(default=6, ge=1, le=20, description="Most of each kind")
    language: Literal["en", "zh"] | None = Field(
        default=None, description="Of product titles; left out: the language of the text"
    )


class SearchRequest(_SearchRequestFields):
    """The body of ``POST /v1/search``."""

    attributes: dict[_Text, Annotated[list[_Text], Field(max_length=50)]] = Field(
        default={},
        max_length=MAX_ATTRIBUTES,
        examples=[{"Colour": ["Red", "Blue"]}],
        description="Products have one of the values of each attribute",
    )

    def query(self) -> Query:
        """The query of these parameters."""
        return self._search(self.attributes)


class SearchParameters(_SearchRequestFields):
    """The parameters of ``GET /v1/search``: those of POST, with attributes as text."""

    attribute: list[_NamedValue] = Field(
        default=[],
        max_length=50,
        examples=[["Colour:Red", "Colour:Blue"]],
        description=f"`name:value`; values of the same name are alternatives, at most {MAX_ATTRIBUTES} names",
    )

    @model_validator(mode="after")
    def _few_attributes(self) -> Self:
        if len({pair.partition(":")[0] for pair in self.attribute}) > MAX_ATTRIBUTES:
            raise ValueError(f"more than {MAX_ATTRIBUTES} attributes are named; name fewer")
        return self

    def query(self) -> Query:
        """The query of these parameters."""
        attributes: dict[str, list[str]] = {}
        for pair in self.attribute:
            name, _, value = pair.partition(":")
            attributes.setdefault(name, []).append(value)
        return self._search(attributes)


class HomeRequest(_PageRequest):
    """The parameters of recommendations for the home page."""

    discover: bool = Field(
        default=False, description="Leaves out products that the visitor already bought"
    )

    def query(self) -> Query:
        """The query of these parameters."""
        return self._query(Surface.HOME, discover=self.discover)


class SimilarRequest(_PageRequest):
    """The parameters of recommendations for a product page."""

    product_id: Id = Field(description="The product of the page")
    complements: bool = Field(
        default=False,
        description="Only what is bought with the product more often than with others; may be none",
    )

    def query(self) -> Query:
        """The query of these parameters."""
        return self._query(
            Surface.SIMILAR, product_id=self.product_id, complements=self.complements
        )


def _path(category: str | None) -> tuple[str, ...]:
    if not category:
        return ()
    parts = (part.strip() for part in category.split(CATEGORY_SEPARATOR.strip()))
    return tuple(part for part in parts if part)


router = APIRouter(prefix="/v1", tags=["pages"], route_class=StrictRoute)

_Request = SearchRequest | SearchParameters | HomeRequest | SimilarRequest
_RESPONSES = {200: {"model": PageOut}, **problems(401, 409, 422, 503)}
_RESPONSES_SIMILAR = {**_RESPONSES, **problems(404)}


@router.get("/search", responses=_RESPONSES, summary="Search")
async def search(
    parameters: Annotated[SearchParameters, InAddress()], request: Request
) -> Response:
    """Products that match the words and filters, best first, with facets and the total."""
    return _page(parameters, request)


@router.post("/search", responses=_RESPONSES, summary="Search, as a JSON body")
async def search_by_body(parameters: SearchRequest, request: Request) -> Response:
    """As GET, for many filters, or for words that should not be in a URL."""
    return _page(parameters, request)


@router.get("/recommend/home", responses=_RESPONSES, summary="Recommend for the home page")
async def home(parameters: Annotated[HomeRequest, InAddress()], request: Request) -> Response:
    """What this visitor may want now. A new visitor gets what is popular."""
    return _page(parameters, request)


@router.post("/recommend/home", responses=_RESPONSES, summary="The same, as a JSON body")
async def home_by_body(parameters: HomeRequest, request: Request) -> Response:
    """What this visitor may want now. A new visitor gets what is popular."""
    return _page(parameters, request)


@router.get(
    "/recommend/similar", responses=_RESPONSES_SIMILAR, summary="Recommend for a product page"
)
async def similar(parameters: Annotated[SimilarRequest, InAddress()], request: Request) -> Response:
    """Products that are similar to one product, or bought with it; with `complements`, only the latter."""
    return _page(parameters, request)


@router.post("/recommend/similar", responses=_RESPONSES_SIMILAR, summary="The same, as a JSON body")
async def similar_by_body(parameters: SimilarRequest, request: Request) -> Response:
    """Products that are similar to one product, or bought with it."""
    return _page(parameters, request)


def _page(parameters: _Request, request: Request) -> Response:
    # In the event loop, not in a thread: a page takes a few milliseconds of CPU. A thread would compete
    # for the interpreter lock, which costs more than other requests would gain.
    sender = access_of(request).sender(request, Scope.SEARCH)
    if parameters.visitor_id is not None:
        parameters.visitor_id = sender.visitor(parameters.visitor_id)
    answer = answered(parameters, request)
    content = page_json(
        answer.served, answer.generation, answer.why_not, answer.related, answer.ads
    )
    return Response(content, media_type="application/json")


def answered(parameters: _Request, request: Request) -> AnsweredPage:
    """Make the page of a request whose visitor is believed, and count it."""
    worker: Worker = request.app.state.worker
    metrics: Metrics = request.app.state.metrics
    has_consent = is_consented(parameters, absent=worker.absent_consent)
    if not has_consent:
        parameters.visitor_id = None  # the page is one for somebody of whom nothing is known
    query = parameters.query()
    answer = worker.answer(
        query,
        is_continued=parameters.query_id is not None,
        why_not=parameters.why_not,
        has_consent=has_consent,
    )
    metrics.pages.labels(query.surface.value, answer.served.page.bundle_id).inc()
    if not answer.served.page.placed:
        metrics.empty_pages.labels(query.surface.value).inc()
    return answer


@router.get(
    "/suggest",
    responses={200: {"model": SuggestionsOut}, **problems(422, 503)},
    summary="Complete what is typed",
)
async def suggest(
    parameters: Annotated[SuggestRequest, InAddress()], worker: WorkerDep
) -> Response:
    """Searches that several visitors typed, categories, and products: by the beginning of a word, by pinyin and initials, and with
    a letter wrong. Nothing is logged."""
    suggester, generation = worker.suggester()
    found = suggester.suggest(parameters.q, n=parameters.n)
    language = parameters.language or ("zh" if has_han(parameters.q) else "en")
    return Response(suggestions_json(found, generation, language), media_type="application/json")
