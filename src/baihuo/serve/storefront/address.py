"""The URL of a search page: its filters as query parameters, and facets and filters as links that change one of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from baihuo.core import CATEGORY_SEPARATOR, Facet, Filters, Page, Reading
from baihuo.index import conditions_of
from baihuo.serve.storefront.view import Translation, price_of

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


_N_VISIBLE = 7  # values of a facet above the fold


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a facet, as a link."""

    value: str  # as stored
    label: str
    n_products: int
    is_selected: bool
    href: str
    depth: int = 0


@dataclass(frozen=True, slots=True)
class FacetGroup:
    """One facet: the values that are visible at once, and the others, folded."""

    name: str
    label: str
    visible: list[Choice]
    folded: list[Choice]


def facet_groups(
    page: Page, address: Address, translation: Translation, currency: str | None
) -> list[FacetGroup]:
    """The facets of a page as links."""
    return [_facet_group(facet, address, translation, currency) for facet in page.facets]


def _facet_group(
    facet: Facet, address: Address, translation: Translation, currency: str | None
) -> FacetGroup:
    choices = []
    for value in facet.values:
        label, target, depth = value.value, address, 0
        if facet.name == "brand":
            label, target = translation.brand(value.value), address.toggled("brand", value.value)
        elif facet.name == "category":
            path = value.value.split(CATEGORY_SEPARATOR)
            label, depth = translation.category(path[-1]), len(path) - 1
            above = CATEGORY_SEPARATOR.join(path[:-1]) or None
            target = address.with_("category", above if value.is_selected else value.value)
        elif facet.name == "price":
            label = price_range(value.value, translation, currency)
            target = _with_price(address, value.value, is_selected=value.is_selected)
            if value.is_selected and target == address:  # read in the words
                target = address.words_as_typed("price")
        else:
            label = translation.value(facet.name, value.value)
            pair = f"{facet.name}:{value.value}"
            target = address.toggled("attribute", pair)
            if value.is_selected and ("attribute", pair) not in address.parts:
                target = address.words_as_typed("size")
        choices.append(
            Choice(value.value, label, value.n_products, value.is_selected, str(target), depth)
        )
    builtin = {"brand", "category", "price"}
    label = (
        translation.text(facet.name) if facet.name in builtin else translation.attribute(facet.name)
    )
    if facet.name == "category":
        choices.sort(key=lambda c: (c.value.split(CATEGORY_SEPARATOR)[: c.depth], c.depth))
        choices = _under_their_parents(choices)
    n_visible = _N_VISIBLE if facet.name != "category" else 2 * _N_VISIBLE
    last = max((i for i, c in enumerate(choices) if c.is_selected), default=-1)
    n_visible = max(n_visible, last + 1) if last < 2 * _N_VISIBLE else n_visible
    return FacetGroup(facet.name, label, choices[:n_visible], choices[n_visible:])


def _under_their_parents(choices: list[Choice]) -> list[Choice]:
    """A category below its parent; within a parent, those with most products first."""
    counts = {c.value: c.n_products for c in choices}

    def key(choice: Choice) -> list[tuple[int, str]]:
        path = choice.value.split(CATEGORY_SEPARATOR)
        prefixes = [CATEGORY_SEPARATOR.join(path[: i + 1]) for i in range(len(path))]
        return [(-counts.get(p, 0), p) for p in prefixes]

    min_depth = min((c.depth for c in choices), default=0)
    return [replace(c, depth=c.depth - min_depth) for c in sorted(choices, key=key)]


def price_range(value: str, translation: Translation, currency: str | None) -> str:
    """A range of minor units, ``"10000-19999"``, as text."""
    low, _, high = value.partition("-")
    low_price = price_of(int(low or 0), currency)
    if not high:
        return translation.text("price_over", low=low_price)
    # Ranges end one unit below a round price (…99); the round price is easier to read.
    top = int(high) + 1 if int(high) % 10 == 9 else int(high)
    high_price = price_of(top, currency)
    if not int(low or 0):
        return translation.text("price_under", high=high_price)
    return translation.text("price_between", low=low_price, high=high_price)


def _with_price(address: Address, value: str, *, is_selected: bool) -> Address:
    low, _, high = value.partition("-")
    without = address.with_("price_min_minor", None).with_("price_max_minor", None)
    if is_selected:
        return without
    if int(low or 0):
        without = without.with_("price_min_minor", low)
    return without.with_("price_max_minor", high) if high else without


def filter_chips(
    address: Address, translation: Translation, currency: str | None
) -> list[tuple[str, str]]:
    """The filters that are set: the label of each, and the URL without it."""
    links = []
    for name, value in address.parts:
        if name == "brand":
            links.append((translation.brand(value), str(address.toggled(name, value))))
        elif name == "attribute":
            attribute, _, chosen = value.partition(":")
            label = f"{translation.attribute(attribute)}: {translation.value(attribute, chosen)}"
            links.append((label, str(address.toggled(name, value))))
        elif name == "category":
            label = " › ".join(translation.category(c) for c in value.split(CATEGORY_SEPARATOR))
            links.append((label, str(address.with_(name, None))))
        elif name == "in_stock" and value in ("true", "1", "on"):
            links.append((translation.text("in_stock_only"), str(address.with_(name, None))))
    conditions = conditions_of(address.get("filter"))
    for condition in conditions:
        others = [f"({c})" if " OR " in c else c for c in conditions if c != condition]
        links.append((condition, str(address.with_("filter", " AND ".join(others) or None))))
    low, high = address.get("price_min_minor"), address.get("price_max_minor")
    if low.isdigit() or high.isdigit():
        label = price_range(f"{low if low.isdigit() else 0}-{high}", translation, currency)
        links.append((label, str(_with_price(address, "", is_selected=True))))
    return links


def reading_chips(
    read: Sequence[Reading], address: Address, translation: Translation, currency: str | None
) -> list[tuple[str, str]]:
    """What was read in the words: the label of each kind, and the URL without it."""
    labels: dict[str, list[str]] = {}
    for reading in read:
        if reading.kind == "price":
            label = _price_label(reading, translation, currency)
        elif reading.kind == "size":
            value = translation.value(reading.attribute, reading.values[0])
            label = f"{translation.attribute(reading.attribute)}: {value}"
        else:
            label = reading.text
        labels.setdefault(reading.kind, []).append(label)
    return [
        (" · ".join(texts), str(address.words_as_typed(kind))) for kind, texts in labels.items()
    ]


def _price_label(reading: Reading, translation: Translation, currency: str | None) -> str:
    """The range, and that lower prices come first where the words ask for it ("cheap")."""
    low, high = reading.price_min_minor, reading.price_max_minor
    labels = []
    if low is not None or high is not None:
        value = f"{low or 0}-{'' if high is None else high}"
        labels.append(price_range(value, translation, currency))
    if reading.values:
        labels.append(translation.text("lower_prices_first"))
    return " · ".join(labels)
