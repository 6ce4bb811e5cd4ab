"""The URL of a search page: its filters as query parameters, and links that change one of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from baihuo.core import CATEGORY_SEPARATOR, Filters

SORTS = ("relevance", "price_asc", "price_desc", "newest")
_REPEATED = ("brand", "attribute")
_SINGLE = (
    "q",
    "category",
    "price_min_minor",
    "price_max_minor",
    "in_stock",
    "filter",
    "sort",
    "as_typed",
    "page",
    "query_id",
)
_FILTERS = (
    "brand",
    "category",
    "price_min_minor",
    "price_max_minor",
    "attribute",
    "in_stock",
    "filter",
)
_PRICE_FIELDS, _PRICE_NAMES = ("price_from", "price_to"), ("price_min_minor", "price_max_minor")
_MAX_DIGITS = 15  # of a price: an integer that every JSON parser keeps exact


@lru_cache(maxsize=4_096)  # a page has about a hundred links, which differ in one part
def _encoded(part: tuple[str, str]) -> str:
    return urlencode([part])


@dataclass(frozen=True, slots=True)
class Address:
    """The parameters of a search page, named as those of ``GET /v1/search``."""

    parts: tuple[tuple[str, str], ...]
    price_hint: tuple[
        str, ...
    ] = ()  # key and values of the text that says what is wrong with the price
    price_typed: tuple[str, str] = ("", "")  # what the visitor typed, where it has a hint

    @classmethod
    def read(cls, query: QueryParams, n_digits: int = 2) -> Address:
        """The known parameters of a URL; empty ones are left out.

        ``price_from`` and ``price_to`` are amounts as people type them, and become minor units. A price
        that cannot be parsed filters nothing; ``price_hint`` says why.

        Args:
            query: The query of the URL.
            n_digits: Decimal digits of the currency's smallest unit.
        """
        parts = [
            (k, v) for k, v in query.multi_items() if k in (*_REPEATED, *_SINGLE) and v.strip()
        ]
        typed, hint, limits = [], tuple[str, ...](), list[int | None]()
        for field, name in zip(_PRICE_FIELDS, _PRICE_NAMES, strict=True):
            text = query.get(field, "").strip()
            minor = _minor(text, n_digits) if text else query.get(name, "").strip()
            typed.append(text or minor or "")
            limit = int(minor) if minor and _is_minor(minor) else None
            if limit is None and typed[-1]:
                hint = hint or ("price_hint_number", typed[-1][:20])
            limits.append(limit)
        if None not in limits and limits[0] > limits[1]:  # type: ignore[operator]
            hint, limits = ("price_hint_order",), [None, None]
        parts = [p for p in parts if p[0] not in _PRICE_NAMES]
        parts += [(n, str(v)) for n, v in zip(_PRICE_NAMES, limits, strict=True) if v is not None]
        return cls(tuple(parts), hint, (typed[0], typed[1]) if hint else ("", ""))

    def get(self, name: str, default: str = "") -> str:
        """The first value of a parameter."""
        return next((v for k, v in self.parts if k == name), default)

    def parameters(self) -> dict[str, str | list[str]]:
        """The parameters for ``SearchParameters``."""
        values: dict[str, str | list[str]] = {k: v for k, v in self.parts if k in _SINGLE}
        if "as_typed" in values:
            values["as_typed"] = self._kinds_as_typed()
        for name in _REPEATED:
            values[name] = [v for k, v in self.parts if k == name]
        return values

    def with_(self, name: str, value: str | None) -> Address:
        """One parameter set, or removed with None. A changed search starts at its first page."""
        kept = tuple(p for p in self.parts if p[0] not in (name, "page", "query_id"))
        return Address(kept if value is None else (*kept, (name, value)))

    def toggled(self, name: str, value: str) -> Address:
        """A value of a repeated parameter: added, or removed where it is set."""
        kept = tuple(p for p in self.parts if p[0] not in ("page", "query_id"))
        part = (name, value)
        return Address(tuple(p for p in kept if p != part) if part in kept else (*kept, part))

    def words_as_typed(self, kind: str) -> Address:
        """One kind of reading switched off: its words are words like others."""
        kinds = [k for k in self._kinds_as_typed() if k != kind]
        return self.with_("as_typed", ",".join([*kinds, kind]))

    def _kinds_as_typed(self) -> list[str]:
        given = (kind for k, v in self.parts if k == "as_typed" for kind in v.split(","))
        return [kind for kind in dict.fromkeys(map(str.strip, given)) if kind]

    def with_words_read(self) -> Address:
        """Every reading of the words switched on again."""
        return self.with_("as_typed", None)

    def at_page(self, number: int, query_id: str) -> Address:
        """Another page of the same search, in its frozen order."""
        kept = tuple(p for p in self.parts if p[0] not in ("page", "query_id"))
        return Address((*kept, ("page", str(number)), ("query_id", query_id)))

    def with_filters(self, filters: Filters) -> Address:
        """The same search with these filters."""
        price = (filters.price_min_minor, filters.price_max_minor)
        parts = [
            *(p for p in self.parts if p[0] not in _FILTERS),
            *(("brand", brand) for brand in filters.brands),
            ("category", CATEGORY_SEPARATOR.join(filters.category)),
            *((n, "" if v is None else str(v)) for n, v in zip(_PRICE_NAMES, price, strict=True)),
            *(
                ("attribute", f"{name}:{value}")
                for name, values in filters.attributes
                for value in values
            ),
            ("in_stock", "true" if filters.in_stock else ""),
            ("filter", filters.where),
        ]
        kept = tuple(p for p in parts if p[1] or p[0] not in _FILTERS)
        return Address(kept, self.price_hint, self.price_typed)

    def without_filters(self) -> Address:
        """Only the words and the sort. Limits in the words stay."""
        return Address(tuple(p for p in self.parts if p[0] in ("q", "sort", "as_typed")))

    def hidden(self, excluded: Iterable[str]) -> list[tuple[str, str]]:
        """The parameters that a form sends as hidden fields."""
        left_out = {*excluded, "page", "query_id"}
        return [p for p in self.parts if p[0] not in left_out]

    def __str__(self) -> str:
        return "/search" + ("?" + "&".join(map(_encoded, self.parts)) if self.parts else "")


def _minor(text: str, n_digits: int) -> str | None:
    """An amount as people type it, in minor units; None where it is not a price."""
    whole, _, cents = text.replace(",", "").lstrip("¥￥$€£ ").partition(".")
    if not (whole + cents) or not _is_minor(whole or "0") or not _is_minor(cents or "0"):
        return None
    return str(int(whole or 0) * 10**n_digits + int((cents + "0" * n_digits)[:n_digits] or 0))


def _is_minor(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS
