"""The whole request: who asks, where, with what words and filters."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Surface(StrEnum):
    """Where it was asked."""

    SEARCH = "search"
    HOME = "home"
    SIMILAR = "similar"


class Sort(StrEnum):
    """How a search result is ordered; all but relevance show the lexical core only."""

    RELEVANCE = "relevance"
    PRICE_ASC = "price_asc"
    PRICE_DESC = "price_desc"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a product must be. All given parts must hold; values of one part are alternatives."""

    brands: tuple[str, ...] = ()
    category: tuple[str, ...] = ()  # a path from the root; everything under it passes
    price_min_minor: int | None = None  # inclusive
    price_max_minor: int | None = None  # inclusive
    attributes: tuple[tuple[str, tuple[str, ...]], ...] = ()  # (("Colour", ("Red", "Blue")), …)
    in_stock: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One request for a page.

    ``query_id`` names the answer: asking again with it and another ``page`` continues the same
    frozen order.
    """

    query_id: str
    surface: Surface
    visitor_id: str
    at_us: int  # our clock, UTC
    query_text: str = ""
    language: str = "en"  # "en" or "zh": which titles the page shows
    product_id: str | None = None  # the product looked at, for ``similar``
    filters: Filters = field(default_factory=Filters)
    sort: Sort = Sort.RELEVANCE
    page: int = 1  # 1-based
    page_size: int = 24
    explain: bool = False
    discover: bool = False  # home: leave out what the visitor already bought
