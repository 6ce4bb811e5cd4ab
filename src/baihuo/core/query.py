"""Requests for a page: visitor, surface, query text and filters."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from baihuo.core.visitor_basics import VisitorBasics


class Surface(StrEnum):
    """The surface of a page."""

    SEARCH = "search"
    HOME = "home"
    SIMILAR = "similar"


class Sort(StrEnum):
    """Sort order of a search; all except relevance show lexical matches only."""

    RELEVANCE = "relevance"
    PRICE_ASC = "price_asc"
    PRICE_DESC = "price_desc"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Filters of a search. All filters must hold; the values of one filter are alternatives."""

    brands: tuple[str, ...] = ()
    category: tuple[str, ...] = ()  # a path from the root, with everything below it
    price_min_minor: int | None = None  # inclusive
    price_max_minor: int | None = None  # inclusive
    attributes: tuple[tuple[str, tuple[str, ...]], ...] = ()  # (("Colour", ("Red", "Blue")), …)
    in_stock: bool = False
    where: str = ""  # a filter in the filter language, docs/filters.md; empty: none


READING_KINDS = (
    "price",
    "size",
    "measure",
    "colour",
    "gender",
    "code",
    "model",
    "gift",
    "without",
    "spelling",
)
"""Kinds of :class:`Reading`; each can be switched off by ``Query.as_typed``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A limit or preference parsed from a search: "under 300", "size 38", "red"."""

    kind: str  # one of READING_KINDS
    text: str  # the typed words, folded
    values: tuple[str, ...] = ()  # stored values or names it matches: ("Red",), ("38",)
    attribute: str = ""  # the values' attribute, if a filter
    price_min_minor: int | None = None  # inclusive
    price_max_minor: int | None = None  # inclusive


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One request for a page.

    ``query_id`` identifies the result: the same id with another ``page`` continues the same frozen
    order.
    """

    query_id: str
    surface: Surface
    visitor_id: str
    at_us: int  # our clock, UTC
    query_text: str = ""
    language: str = "en"  # "en" or "zh": which titles the page shows
    product_id: str | None = None  # the product of the page, for ``similar``
    filters: Filters = field(default_factory=Filters)
    sort: Sort = Sort.RELEVANCE
    page: int = 1  # 1-based
    page_size: int = 24
    explain: bool = False
    as_typed: tuple[str, ...] = ()  # kinds of readings that the visitor switched off
    discover: bool = False  # home: leave out products the visitor has bought
    basics: VisitorBasics = field(default_factory=VisitorBasics)  # in this request
    complements: bool = False  # similar: only what is bought with the product
