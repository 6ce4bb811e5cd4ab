"""Facets and filters as links that add or remove one value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from baihuo.core import CATEGORY_SEPARATOR, Facet, Page, Reading
from baihuo.index import conditions_of
from baihuo.serve.storefront.address import Address
from baihuo.serve.storefront.money import price_of
from baihuo.serve.storefront.translations import Translation

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
