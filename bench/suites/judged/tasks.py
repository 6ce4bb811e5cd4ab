"""The tasks of the exam: each yields searches of one sort, in random order, with what they mean."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from suites.judged.catalogue import Item
from suites.judged.rules import Rule, Wanted, price_between
from suites.judged.thesaurus import Words
from suites.judged.wishes import (
    Part,
    Speaker,
    Wish,
    brand,
    colour,
    gender,
    gender_of,
    measure,
    named_value,
    phrase,
    size,
)

Asked = tuple[str, Wanted]
_ROUNDS = 6  # how often each kind is tried


@dataclass(frozen=True, slots=True)
class Shelf:
    """What tasks draw from. ``n_asked`` counts the queries for a kind so far, so that all have their turn."""

    who: Speaker
    for_sale: Mapping[
        str, tuple[Item, ...]
    ]  # kind → what can be bought; only kinds of the thesaurus
    currency: str = "CNY"
    n_asked: Counter[str] = field(default_factory=Counter)

    def kinds(self) -> list[str]:
        """Least asked first, in random order among equals."""
        names = sorted(self.for_sale)
        self.who.dice.shuffle(names)
        return sorted(names, key=lambda k: self.n_asked[k])

    def noun(self, kind: str) -> str:
        """Mostly the usual word."""
        typed = self.who.words.kinds[kind].typed[self.who.language]
        return typed[0] if self.who.dice.random() < 0.6 else self.who.dice.choice(typed)


Task = Callable[[Shelf], Iterator[Asked]]


def by_kind(shelf: Shelf) -> Iterator[Asked]:
    """The kind alone, in any of its words."""
    for kind in _turns(shelf):
        yield shelf.who.one_of(shelf.who.words.kinds[kind].typed), Wanted(frozenset({kind}))


def wished(*wishes: Wish) -> Task:
    """A kind with these wishes, drawn from a product that can be bought."""

    def task(shelf: Shelf) -> Iterator[Asked]:
        for kind in _turns(shelf):
            item = shelf.who.dice.choice(shelf.for_sale[kind])
            parts = [part for wish in wishes if (part := wish(shelf.who, item)) is not None]
            if len(parts) == len(wishes):
                yield phrase(shelf.who, shelf.noun(kind), parts), _wanted(shelf, kind, parts)

    return task


def two_attributes(shelf: Shelf) -> Iterator[Asked]:
    for kind in _turns(shelf):
        parts = _two(shelf, kind)
        if len(parts) == 2:
            yield phrase(shelf.who, shelf.noun(kind), parts), _wanted(shelf, kind, parts)


def word_order(shelf: Shelf) -> Iterator[Asked]:
    """The noun first, then what is said of it, last wish first."""
    for kind in _turns(shelf):
        parts = _two(shelf, kind)
        if len(parts) == 2:
            words = [shelf.noun(kind), *(p.text for p in reversed(parts))]
            yield " ".join(words), _wanted(shelf, kind, parts)


def price(shelf: Shelf) -> Iterator[Asked]:
    """Mostly "under"; the limit leaves between a tenth and two thirds of the kind."""
    dice = shelf.who.dice
    for kind in _turns(shelf):
        prices = sorted(i.price for i in shelf.for_sale[kind] if i.price is not None)
        form: str = dice.choices(("under", "between", "over"), (4, 1, 1))[0]
        low: float = rounded(prices[int(len(prices) * dice.uniform(0.3, 0.5))])
        high: float = rounded(prices[int(len(prices) * dice.uniform(0.2, 0.6))])
        if form == "between":
            low, high = min(low, high), max(low, high)
        low, high = (0 if form == "under" else low), (math.inf if form == "over" else high)
        if not 0.1 < sum(low <= p <= high for p in prices) / len(prices) < 0.67:
            continue
        text = dice.choice(_money_wordings(shelf, shelf.who.words.prices[form]))
        yield (
            text.format(kind=shelf.noun(kind), low=low, high=high),
            Wanted(frozenset({kind}), _near(shelf, kind), (price_between(low, high),)),
        )


def broader(shelf: Shelf) -> Iterator[Asked]:
    """A word above kinds; products without a price or of another gender are none of it."""
    yield from _listed(shelf, shelf.who.words.broader)


def accessory(shelf: Shelf) -> Iterator[Asked]:
    """A thing for another thing."""
    yield from _listed(shelf, shelf.who.words.accessories)


def misspelt(shelf: Shelf) -> Iterator[Asked]:
    for kind in _turns(shelf):
        words = shelf.who.words.kinds[kind]
        if shelf.who.language == "zh":
            if words.misspelt:
                yield shelf.who.dice.choice(words.misspelt), Wanted(frozenset({kind}))
        elif wrong := with_a_mistake(shelf.who, words.typed["en"][0]):
            yield wrong, Wanted(frozenset({kind}))


def traditional(shelf: Shelf) -> Iterator[Asked]:
    """Words of Taiwan and Hong Kong, in traditional characters; those written the same are left out."""
    for kind in _turns(shelf):
        words = shelf.who.words.kinds[kind]
        for text in words.traditional:
            if text not in words.typed["zh"]:
                yield text, Wanted(frozenset({kind}))


def with_a_mistake(who: Speaker, text: str) -> str:
    """Two letters swapped, one left out or one doubled, inside the longest word; "" if all are short."""
    longest = max(re.findall(r"[a-z]+", text), key=len)
    if len(longest) < 6:
        return ""
    at = who.dice.randrange(1, len(longest) - 2)
    wrong = who.dice.choice(
        (
            longest[:at] + longest[at + 1] + longest[at] + longest[at + 2 :],
            longest[:at] + longest[at + 1 :],
            longest[: at + 1] + longest[at:],
        )
    )
    return text.replace(longest, wrong) if wrong != longest else ""


def rounded(amount: float) -> int:
    """As people say prices: 87 is 90, 243 is 250, 4,120 is 4,000."""
    step = 10 if amount < 200 else 50 if amount < 1000 else 500
    return max(step, round(amount / step) * step)


def _turns(shelf: Shelf) -> Iterator[str]:
    for _ in range(_ROUNDS):
        yield from shelf.kinds()


def _two(shelf: Shelf, kind: str) -> list[Part]:
    """Two different things that can be said of one product of the kind."""
    dice = shelf.who.dice
    item = dice.choice(shelf.for_sale[kind])
    wishes = dice.sample((colour, gender, named_value, measure), 2)
    return [part for wish in wishes if (part := wish(shelf.who, item)) is not None]


def _near(shelf: Shelf, kind: str) -> frozenset[str]:
    return frozenset(shelf.who.words.kinds[kind].near)


def _wanted(shelf: Shelf, kind: str, parts: list[Part]) -> Wanted:
    limits = tuple(p.rule for p in parts if p.is_limit)
    wishes = tuple(p.rule for p in parts if not p.is_limit)
    return Wanted(frozenset({kind}), _near(shelf, kind), limits, wishes)


def _listed(shelf: Shelf, entries: tuple[Words, ...]) -> Iterator[Asked]:
    entries = tuple(e for e in entries if shelf.for_sale.keys() & set(e.kinds))
    for entry in shelf.who.dice.sample(entries, len(entries)):
        wishes: tuple[Rule, ...] = ()
        if entry.gender:
            wishes = (gender_of(shelf.who.words, entry.gender),)
        text = shelf.who.one_of(entry.typed)
        yield text, Wanted(frozenset(entry.kinds), frozenset(entry.near), (), wishes)


def _money_wordings(shelf: Shelf, words: Words) -> list[str]:
    """Wordings with 元 or yuan only where prices are in yuan."""
    typed = words.typed[shelf.who.language]
    if shelf.currency == "CNY":
        return list(typed)
    return [t for t in typed if not re.search("元|块|yuan|¥", t)]


TASKS: dict[str, Task] = {
    "kind": by_kind,
    "kind and colour": wished(colour),
    "kind and gender": wished(gender),
    "kind and size": wished(size),
    "gender and size": wished(gender, size),
    "price limit": price,
    "measure": wished(measure),
    "brand": wished(brand),
    "brand and attribute": wished(brand, named_value),
    "two attributes": two_attributes,
    "broader word": broader,
    "accessory": accessory,
    "misspelt": misspelt,
    "word order": word_order,
    "traditional": traditional,
}
