"""Requests for a page: visitor, surface, query text and filters, and basic data of a visitor before the first click."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any

INTEREST_SEPARATOR = " | "
"""Separator of interests in an event field."""
_NO_INTERESTS = INTEREST_SEPARATOR.strip()  # an empty field would mean unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitorBasics:
    """Basic data of a visitor; None: unknown. Coarse on purpose: no name or address fits in a field. Referrers are hosts or channels, never
    whole URLs.
    """

    platform: str | None = None  # web, app, …
    device: str | None = None  # phone, tablet, desktop
    language: str | None = None  # its first part only: zh of zh-Hant-TW
    country: str | None = None  # ISO 3166-1: CN
    region: str | None = None  # ISO 3166-2: CN-GD
    referrer: str | None = None
    # Categories declared by the visitor, as in the catalogue; (): declared none
    interests: tuple[str, ...] | None = None

    def __bool__(self) -> bool:
        """Whether anything is known."""
        return self != _UNKNOWN

    def over(self, older: VisitorBasics) -> VisitorBasics:
        """Return these, with unknown fields from ``older``."""
        known = {f.name: v for f in fields(self) if (v := getattr(self, f.name)) is not None}
        return replace(older, **known)

    def as_event_fields(self) -> dict[str, str]:
        """Return fields of an :class:`~baihuo.core.Event`, without unknown ones."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        if self.interests is not None:
            values["interests"] = INTEREST_SEPARATOR.join(self.interests) or _NO_INTERESTS
        return {name: value for name, value in values.items() if value}


_UNKNOWN = VisitorBasics()
BASICS_FIELDS = tuple(field.name for field in fields(VisitorBasics))
"""Fields common to events, requests and visitors."""


def basics_of(row: Mapping[str, Any]) -> VisitorBasics:
    """Return the normalised basics of an event row; requests, training and serving call it. A region without a country gives the country."""
    country, region = row.get("country") or None, row.get("region") or None
    return VisitorBasics(
        platform=row.get("platform") or None,
        device=row.get("device") or None,
        language=first_language(row.get("language")),
        country=country or (region or "")[:2] or None,
        region=region,
        referrer=referrer_of(row.get("referrer")),
        interests=interests_of(row.get("interests")),
    )


def interests_of(text: str | None) -> tuple[str, ...] | None:
    """Return the distinct interests in an event field; None if it is empty.

    >>> interests_of("Home | Toys | Home"), interests_of("|"), interests_of(None)
    (('Home', 'Toys'), (), None)
    """
    if not (text or "").strip():
        return None
    parts = (part.strip() for part in (text or "").split(INTEREST_SEPARATOR.strip()))
    return tuple(dict.fromkeys(part for part in parts if part))


def first_language(tag: str | None) -> str | None:
    """The language of a tag such as ``zh-Hant-TW``, lower case; None without one.

    >>> first_language("zh-Hant-TW"), first_language("")
    ('zh', None)
    """
    return (tag or "").replace("_", "-").split("-")[0].strip().lower() or None


def referrer_of(text: str | None) -> str | None:
    """The host of an address, without ``www``; another text in lower case; None without one.

    Paths and parameters are dropped: they may contain other searches or personal data.

    >>> referrer_of("https://www.google.com/search?q=me@mail.com"), referrer_of("Newsletter")
    ('google.com', 'newsletter')
    """
    rest = (text or "").strip().lower().partition("://")
    host = (rest[2] or rest[0]).split("/")[0].split("?")[0].split("#")[0]
    return host.rpartition("@")[2].partition(":")[0].removeprefix("www.") or None


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
    "wish",
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
