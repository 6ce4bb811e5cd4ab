"""What a shopper who has one product in mind says of it: its words, their place, and the rule they stand for."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from suites.judged.catalogue import Item
from suites.judged.rules import Rule, attribute_is, brand_is, gender_is, has_size
from suites.judged.thesaurus import Thesaurus

_P_AFTER = 0.25  # of an adjective that is typed behind its noun: "t-shirt black"


@dataclass(frozen=True, slots=True)
class Part:
    """One wish in words. A limit must be met, see ``rules``."""

    text: str
    rule: Rule
    is_after: bool = False
    is_limit: bool = False


@dataclass(frozen=True, slots=True)
class Speaker:
    """Somebody who types in one language."""

    language: str
    words: Thesaurus
    brands_zh: Mapping[str, str]
    dice: random.Random

    def one_of(self, typed: Mapping[str, tuple[str, ...]]) -> str:
        return self.dice.choice(typed[self.language])

    def is_after(self) -> bool:
        return self.dice.random() < _P_AFTER


Wish = Callable[[Speaker, Item], Part | None]
"""None: this product has nothing of the kind that a shopper would name."""


def colour(who: Speaker, item: Item) -> Part | None:
    value = item.attributes.get("Colour", "")
    words = who.words.colours.get(value)
    if words is None:
        return None
    rule = attribute_is("Colour", value, words.near)
    return Part(who.one_of(words.typed), rule, who.is_after())


def gender(who: Speaker, item: Item) -> Part | None:
    words = who.words.genders.get(item.attributes.get("Gender", ""))
    if words is None:
        return None
    text = who.one_of(words.typed)
    is_after = text.startswith("for ") or text in ("men", "women", "男", "女")
    return Part(text, gender_of(who.words, item.attributes["Gender"]), is_after)


def gender_of(words: Thesaurus, value: str) -> Rule:
    without = {kind: g for g, w in words.genders.items() for kind in w.kinds}
    return gender_is(value, without)


def named_value(who: Speaker, item: Item) -> Part | None:
    """A material, a taste, a feature."""
    known = [(a, v) for a, v in sorted(item.attributes.items()) if (a, v) in who.words.values]
    if not known:
        return None
    attribute, value = who.dice.choice(known)
    text = who.one_of(who.words.values[attribute, value].typed)
    return Part(text, attribute_is(attribute, value), who.is_after())


def measure(who: Speaker, item: Item) -> Part | None:
    """A number with its unit: 5 kg, 20000毫安."""
    known = [
        (name, words)
        for name, words in who.words.measures.items()
        if name in item.attributes and (not words.only or item.kind in words.only)
    ]
    if not known:
        return None
    name, words = who.dice.choice(known)
    value = item.attributes[name]
    try:
        number = float(value)
    except ValueError:
        return None
    text = who.one_of(words.typed)
    if number >= 1024 and "G" in text:
        text, shown = text.replace("GB", "TB").replace("G", "T").replace("TTB", "TB"), number / 1024
    else:
        shown = number
    spoken = text.format(v=f"{shown:g}", half=f"{2 * shown:g}")
    return Part(spoken, attribute_is(name, value), who.is_after())


def size(who: Speaker, item: Item) -> Part | None:
    """A size in stock: 38码, size 38, xl."""
    for name, words in who.words.sizes.items():
        values = [v[name] for v, has in item.variants if has and name in v]
        if not item.variants and name == "Diaper size" and name in item.attributes:
            values = [item.attributes[name]]
        if values:
            value = who.dice.choice(values)
            return Part(_sized(who, words.typed, value), has_size(name, value), True, True)
    return None


def _sized(who: Speaker, typed: Mapping[str, tuple[str, ...]], value: str) -> str:
    text = who.one_of(typed).format(v=value)
    if value.isdigit():
        return text
    return who.dice.choice((text, value, value.lower()))  # "xl" is enough


def brand(who: Speaker, item: Item) -> Part | None:
    if not item.brand:
        return None
    name = item.brand
    if who.language == "zh" and who.dice.random() < 0.7:
        name = who.brands_zh.get(name, name)
    elif who.dice.random() < 0.6:
        name = name.lower()
    return Part(name, brand_is(item.brand))


def phrase(who: Speaker, noun: str, parts: list[Part]) -> str:
    """Parts before the noun in their order, then the noun, then parts after it."""
    before = [p.text for p in parts if not p.is_after]
    after = [p.text for p in parts if p.is_after]
    if who.language == "zh":
        glue = "" if who.dice.random() < 0.7 else " "
        return " ".join([glue.join([*before, noun]), *after])
    return " ".join([*before, noun, *after])
