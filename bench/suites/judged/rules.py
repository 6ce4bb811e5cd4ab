"""What a query asks for, and the grade that a product has for it by its attributes alone.

3  the kind, and everything that was asked for
2  the same, but the colour is a shade of the one asked for (wine red for red)
1  one wish is not met (colour, gender, material, measure, brand), a kind of similar purpose, sold out or without a price
0  another kind, above or below the price, not in that size, two wishes not met

Two limits are never relaxed: the price, and the size, which must be in stock. A product is right from grade 2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from suites.judged.catalogue import Item

Rule = Callable[[Item], int]
"""The best grade that a product may have by one wish: 3, 2 for nearly, 0 for no."""

RIGHT = 2  # the lowest grade of a product that is right


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a shopper means."""

    kinds: frozenset[str]
    near: frozenset[str] = frozenset()  # kinds of a similar purpose
    limits: tuple[Rule, ...] = ()  # not met: 0
    wishes: tuple[Rule, ...] = ()  # one not met: 1, two: 0


@dataclass(frozen=True, slots=True)
class JudgedQuery:
    """A typed text, the kind of task that it is, and what it means."""

    text: str
    language: str
    task: str
    wanted: Wanted


def grade(wanted: Wanted, item: Item) -> int:
    """0 to 3; see the head of this file."""
    best = 3 if item.kind in wanted.kinds else 1 if item.kind in wanted.near else 0
    if not best or not all(limit(item) for limit in wanted.limits):
        return 0
    met = [wish(item) for wish in wanted.wishes]
    if missed := met.count(0):
        return 1 if missed == 1 and best == 3 else 0
    can_be_bought = item.price is not None and not item.is_sold_out
    return min([best, *met, 3 if can_be_bought else 1])


def attribute_is(name: str, value: str, near: tuple[str, ...] = ()) -> Rule:
    """The attribute has this value; one of ``near`` nearly meets it."""

    def rule(item: Item) -> int:
        found = item.attributes.get(name)
        return 3 if found == value else 2 if found in near else 0

    return rule


def gender_is(value: str, without: Mapping[str, str]) -> Rule:
    """For women or men; ``without`` names the gender of kinds that have no such attribute (dresses)."""
    return lambda item: 3 if item.attributes.get("Gender", without.get(item.kind)) == value else 0


def brand_is(name: str) -> Rule:
    return lambda item: 3 if item.brand == name else 0


def price_between(low: float, high: float) -> Rule:
    """Both ends count as within."""
    return lambda item: 3 if item.price is not None and low <= item.price <= high else 0


def has_size(name: str, value: str) -> Rule:
    """A variant in this size is in stock; a product without variants has it as an attribute."""

    def rule(item: Item) -> int:
        if not item.variants:
            return 3 if item.attributes.get(name) == value else 0
        return 3 * any(has and v.get(name) == value for v, has in item.variants)

    return rule
