"""How good a substitute one product is for another, by attributes, brand and price alone.

3  the same kind, alike and of a similar price
2  the same kind, and one of the two
1  the same kind, and neither; a kind of similar purpose
0  another kind, for the other gender, sold out or without a price

Alike: at least half of what both have (attributes, and the brand as one of them) is equal. A similar price: at most 1.5 times
the other.
"""

from __future__ import annotations

from suites.judged.catalogue import Item
from suites.judged.thesaurus import Thesaurus

MOST_PRICE_RATIO = 1.5
LEAST_SHARED = 0.5


def closeness(anchor: Item, item: Item, words: Thesaurus) -> int:
    """0 to 3, of ``item`` beside ``anchor``; see the head of this file."""
    if item.product_id == anchor.product_id or item.price is None or item.is_sold_out:
        return 0
    if item.kind != anchor.kind:
        return int(item.kind in near_kinds(anchor, words) and not _is_other_gender(anchor, item))
    if _is_other_gender(anchor, item):
        return 0
    return 1 + (shared(anchor, item) >= LEAST_SHARED) + _is_near_in_price(anchor, item)


def near_kinds(anchor: Item, words: Thesaurus) -> tuple[str, ...]:
    """Kinds of a similar purpose."""
    return words.kinds[anchor.kind].near if anchor.kind in words.kinds else ()


def shared(one: Item, other: Item) -> float:
    """The share of equal values among the attributes that both have, the brand being one."""
    names = one.attributes.keys() & other.attributes.keys()
    equal = sum(one.attributes[name] == other.attributes[name] for name in names)
    has_brands = bool(one.brand and other.brand)
    n = len(names) + has_brands
    return (equal + (has_brands and one.brand == other.brand)) / n if n else 0.0


def _is_near_in_price(one: Item, other: Item) -> bool:
    if not one.price or not other.price:
        return False
    return max(one.price, other.price) <= MOST_PRICE_RATIO * min(one.price, other.price)


def _is_other_gender(one: Item, other: Item) -> bool:
    genders = {g for i in (one, other) if (g := i.attributes.get("Gender"))}
    return len(genders) == 2
