"""The address of a search: its filters as links that add or take away one of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from baihuo.core import Facet, Page
from baihuo.core.tables import CATEGORY_SEPARATOR
from baihuo.serve.storefront.view import price_of
from baihuo.serve.storefront.words import Words

SORTS = ("relevance", "price_asc", "price_desc", "newest")
_MANY = ("brand", "attribute")
_ONE = (
    "q",
    "category",
    "price_min_minor",
    "price_max_minor",
    "in_stock",
    "sort",
    "page",
    "query_id",
)
_PRICE_FIELDS, _PRICE_NAMES = ("price_from", "price_to"), ("price_min_minor", "price_max_minor")
_MAX_DIGITS = 15  # of a price: what every reader of JSON holds exactly
_OPENED = 7  # values of a facet that are seen without asking for more


@lru_cache(maxsize=4_096)  # a page has a hundred links, which differ in one part
def _encoded(part: tuple[str, str]) -> str:
    return urlencode([part])


@dataclass(frozen=True, slots=True)
class Address:
    """What a search page's address says, in the names of ``GET /v1/search``."""

    parts: tuple[tuple[str, str], ...]
    price_hint: tuple[str, ...] = ()  # key of a text and its values: what is wrong in the price box
    price_typed: tuple[str, str] = ("", "")  # what stood in a box with a hint

    @classmethod
    def read(cls, sent: QueryParams, exponent: int = 2) -> Address:
        """The parts we know of; empty fields of a form say nothing.

        ``price_from`` and ``price_to`` are money as people write it; they become minor units. A price that
        cannot be one filters nothing, and ``price_hint`` says what is wrong with it.
        """
        parts = [(k, v) for k, v in sent.multi_items() if k in (*_MANY, *_ONE) and v.strip()]
        typed, hint, ends = [], tuple[str, ...](), list[int | None]()
        for field, name in zip(_PRICE_FIELDS, _PRICE_NAMES, strict=True):
            text = sent.get(field, "").strip()
            minor = _minor(text, exponent) if text else sent.get(name, "").strip()
            typed.append(text or minor or "")
            end = int(minor) if minor and _is_minor(minor) else None
            if end is None and typed[-1]:
                hint = hint or ("price_hint_number", typed[-1][:20])
            ends.append(end)
        if None not in ends and ends[0] > ends[1]:  # type: ignore[operator]
            hint, ends = ("price_hint_order",), [None, None]
        parts = [p for p in parts if p[0] not in _PRICE_NAMES]
        parts += [(n, str(e)) for n, e in zip(_PRICE_NAMES, ends, strict=True) if e is not None]
        return cls(tuple(parts), hint, (typed[0], typed[1]) if hint else ("", ""))

    def get(self, name: str, default: str = "") -> str:
        return next((v for k, v in self.parts if k == name), default)

    def parameters(self) -> dict[str, str | list[str]]:
        """As ``SearchParameters`` takes them."""
        one: dict[str, str | list[str]] = {k: v for k, v in self.parts if k in _ONE}
        for name in _MANY:
            one[name] = [v for k, v in self.parts if k == name]
        return one

    def with_(self, name: str, value: str | None) -> Address:
        """One value set, or taken away; any change of the question starts at its first page."""
        kept = tuple(p for p in self.parts if p[0] not in (name, "page", "query_id"))
        return Address(kept if value is None else (*kept, (name, value)))

    def toggled(self, name: str, value: str) -> Address:
        """A value of a filter that takes several: added, or taken away where it was."""
        kept = tuple(p for p in self.parts if p[0] not in ("page", "query_id"))
        part = (name, value)
        return Address(tuple(p for p in kept if p != part) if part in kept else (*kept, part))

    def at_page(self, number: int, query_id: str) -> Address:
        """Another page of the same frozen order."""
        kept = tuple(p for p in self.parts if p[0] not in ("page", "query_id"))
        return Address((*kept, ("page", str(number)), ("query_id", query_id)))

    def without_filters(self) -> Address:
        return Address(tuple(p for p in self.parts if p[0] in ("q", "sort")))

    def hidden(self, but: Iterable[str]) -> list[tuple[str, str]]:
        """The parts that a form has to carry along."""
        left_out = {*but, "page", "query_id"}
        return [p for p in self.parts if p[0] not in left_out]

    def __str__(self) -> str:
        return "/search" + ("?" + "&".join(map(_encoded, self.parts)) if self.parts else "")


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
class Group:
    """One facet: the choices seen at once, and the others."""

    name: str
    label: str
    opened: list[Choice]
    folded: list[Choice]


def groups(page: Page, address: Address, words: Words, currency: str | None) -> list[Group]:
    """The facets of a page as links."""
    return [_group(facet, address, words, currency) for facet in page.facets]


def _group(facet: Facet, address: Address, words: Words, currency: str | None) -> Group:
    choices = []
    for value in facet.values:
        label, target, depth = value.value, address, 0
        if facet.name == "brand":
            label, target = words.brand(value.value), address.toggled("brand", value.value)
        elif facet.name == "category":
            path = value.value.split(CATEGORY_SEPARATOR)
            label, depth = words.category(path[-1]), len(path) - 1
            above = CATEGORY_SEPARATOR.join(path[:-1]) or None
            target = address.with_("category", above if value.is_selected else value.value)
        elif facet.name == "price":
            label = price_range(value.value, words, currency)
            target = _priced(address, value.value, is_selected=value.is_selected)
        else:
            label = words.value(facet.name, value.value)
            target = address.toggled("attribute", f"{facet.name}:{value.value}")
        choices.append(
            Choice(value.value, label, value.n_products, value.is_selected, str(target), depth)
        )
    own = {"brand", "category", "price"}
    label = words.say(facet.name) if facet.name in own else words.attribute(facet.name)
    if facet.name == "category":
        choices.sort(key=lambda c: (c.value.split(CATEGORY_SEPARATOR)[: c.depth], c.depth))
        choices = _under_their_parents(choices)
    n_opened = _OPENED if facet.name != "category" else 14
    last = max((i for i, c in enumerate(choices) if c.is_selected), default=-1)
    n_opened = max(n_opened, last + 1) if last < 2 * _OPENED else n_opened
    return Group(facet.name, label, choices[:n_opened], choices[n_opened:])


def _under_their_parents(choices: list[Choice]) -> list[Choice]:
    """Paths below the path they continue; beside each other, most products first."""
    counts = {c.value: c.n_products for c in choices}

    def key(choice: Choice) -> list[tuple[int, str]]:
        path = choice.value.split(CATEGORY_SEPARATOR)
        prefixes = [CATEGORY_SEPARATOR.join(path[: i + 1]) for i in range(len(path))]
        return [(-counts.get(p, 0), p) for p in prefixes]

    least = min((c.depth for c in choices), default=0)
    return [replace(c, depth=c.depth - least) for c in sorted(choices, key=key)]


def price_range(value: str, words: Words, currency: str | None) -> str:
    """``"10000-19999"`` in words."""
    low, _, high = value.partition("-")
    low_price = price_of(int(low or 0), currency)
    if not high:
        return words.say("price_over", low=low_price)
    # Ranges end one below a round price (…99): the round one reads better.
    end = int(high) + 1 if int(high) % 10 == 9 else int(high)
    high_price = price_of(end, currency)
    if not int(low or 0):
        return words.say("price_under", high=high_price)
    return words.say("price_between", low=low_price, high=high_price)


def _priced(address: Address, value: str, *, is_selected: bool) -> Address:
    low, _, high = value.partition("-")
    bare = address.with_("price_min_minor", None).with_("price_max_minor", None)
    if is_selected:
        return bare
    if int(low or 0):
        bare = bare.with_("price_min_minor", low)
    return bare.with_("price_max_minor", high) if high else bare


def chips(address: Address, words: Words, currency: str | None) -> list[tuple[str, str]]:
    """The filters in force: what each is, and the address without it."""
    made = []
    for name, value in address.parts:
        if name == "brand":
            made.append((words.brand(value), str(address.toggled(name, value))))
        elif name == "attribute":
            attribute, _, chosen = value.partition(":")
            label = f"{words.attribute(attribute)}: {words.value(attribute, chosen)}"
            made.append((label, str(address.toggled(name, value))))
        elif name == "category":
            label = " › ".join(words.category(c) for c in value.split(CATEGORY_SEPARATOR))
            made.append((label, str(address.with_(name, None))))
        elif name == "in_stock" and value in ("true", "1", "on"):
            made.append((words.say("in_stock_only"), str(address.with_(name, None))))
    low, high = address.get("price_min_minor"), address.get("price_max_minor")
    if low.isdigit() or high.isdigit():
        label = price_range(f"{low if low.isdigit() else 0}-{high}", words, currency)
        made.append((label, str(_priced(address, "", is_selected=True))))
    return made


def _minor(text: str, exponent: int) -> str | None:
    """Money as people type it, in the smallest unit; None for what is no price."""
    whole, _, cents = text.replace(",", "").lstrip("¥￥$€£ ").partition(".")
    if not (whole + cents) or not _is_minor(whole or "0") or not _is_minor(cents or "0"):
        return None
    return str(int(whole or 0) * 10**exponent + int((cents + "0" * exponent)[:exponent] or 0))


def _is_minor(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS
