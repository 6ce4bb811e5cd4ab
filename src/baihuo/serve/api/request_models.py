"""What may be asked: the parameters of searches and recommendations, and the query they make."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from baihuo.core import Filters, Query, Sort, Surface, has_han
from baihuo.core.tables import CATEGORY_SEPARATOR
from baihuo.serve.ids import anonymous_id, new_id, now_us

Id = Annotated[str, StringConstraints(min_length=1, max_length=256, pattern=r"^[^\x00-\x1f\x7f]+$")]
Words = Annotated[str, StringConstraints(max_length=500)]
NamedValue = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^:]+:.+$")]
MAX_INTEGER = (
    2**53 - 1
)  # whole numbers that every reader of JSON, and of the OpenAPI text, holds exactly
Minor = Annotated[int, Field(ge=0, le=MAX_INTEGER)]
MAX_PAGE, MAX_PAGE_SIZE = 1_000, 100
MAX_ATTRIBUTES = 20  # of one search: the facet of each is counted under all the others


class _PageRequest(BaseModel):
    """What every surface may be asked."""

    model_config = ConfigDict(extra="forbid")

    visitor_id: Id | None = Field(
        default=None,
        description="Who asks; left out: somebody we know nothing of",
        examples=["v-17"],
    )
    query_id: Id | None = Field(
        default=None, description="With `page`, continues the frozen order of the answer it names"
    )
    language: Literal["en", "zh"] | None = Field(
        default=None, description="Which titles come first; left out: the language of the words"
    )
    page: int = Field(default=1, ge=1, le=MAX_PAGE)
    page_size: int = Field(default=24, ge=1, le=MAX_PAGE_SIZE)
    explain: bool = Field(
        default=False, description="Adds a trace: what each stage counted, removed and took in time"
    )

    why_not: Id | None = Field(
        default=None,
        description="A product: the answer adds `why_not`, what became of it on this page",
        examples=["p-1"],
    )

    def _query(self, surface: Surface, **parts: object) -> Query:
        text = str(parts.get("query_text", ""))
        return Query(
            query_id=self.query_id or new_id(),
            surface=surface,
            visitor_id=self.visitor_id or anonymous_id(),
            at_us=now_us(),
            language=self.language or ("zh" if has_han(text) else "en"),
            page=self.page,
            page_size=self.page_size,
            explain=self.explain,
            **parts,  # type: ignore[arg-type]
        )


class _SearchRequestFields(_PageRequest):
    """What both ways to search share."""

    q: Words = Field(default="", description="The words, in any language", examples=["手机"])
    brand: list[Words] = Field(default=[], max_length=50, description="Any of these brands")
    category: Words | None = Field(
        default=None, description="A path from the root", examples=["Electronics > Phones"]
    )
    price_min_minor: Minor | None = Field(default=None, description="In the smallest unit of money")
    price_max_minor: Minor | None = Field(default=None, description="In the smallest unit of money")
    in_stock: bool = Field(default=False, description="Only what can be had now")
    sort: Sort = Sort.RELEVANCE

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
        )
        return self._query(Surface.SEARCH, query_text=self.q, filters=filters, sort=self.sort)


class SearchRequest(_SearchRequestFields):
    """The body of ``POST /v1/search``."""

    attributes: dict[Words, Annotated[list[Words], Field(max_length=50)]] = Field(
        default={},
        max_length=MAX_ATTRIBUTES,
        examples=[{"Colour": ["Red", "Blue"]}],
        description="Each named attribute has one of its values",
    )

    def query(self) -> Query:
        """The query this asks."""
        return self._search(self.attributes)


class SearchParameters(_SearchRequestFields):
    """The parameters of ``GET /v1/search``: the same, with attributes as text."""

    attribute: list[NamedValue] = Field(
        default=[],
        max_length=50,
        examples=[["Colour:Red", "Colour:Blue"]],
        description=f"`name:value`; values of one name are alternatives, at most {MAX_ATTRIBUTES} names",
    )

    @model_validator(mode="after")
    def _few_attributes(self) -> Self:
        if len({pair.partition(":")[0] for pair in self.attribute}) > MAX_ATTRIBUTES:
            raise ValueError(f"more than {MAX_ATTRIBUTES} attributes are named; name fewer")
        return self

    def query(self) -> Query:
        """The query this asks."""
        attributes: dict[str, list[str]] = {}
        for pair in self.attribute:
            name, _, value = pair.partition(":")
            attributes.setdefault(name, []).append(value)
        return self._search(attributes)


class HomeRequest(_PageRequest):
    """What may be asked of the surface home."""

    discover: bool = Field(default=False, description="Leave out what the visitor already bought")

    def query(self) -> Query:
        """The query this asks."""
        return self._query(Surface.HOME, discover=self.discover)


class SimilarRequest(_PageRequest):
    """What may be asked of the surface similar."""

    product_id: Id = Field(description="The product looked at")

    def query(self) -> Query:
        """The query this asks."""
        return self._query(Surface.SIMILAR, product_id=self.product_id)


def _path(category: str | None) -> tuple[str, ...]:
    if not category:
        return ()
    parts = (part.strip() for part in category.split(CATEGORY_SEPARATOR.strip()))
    return tuple(part for part in parts if part)
