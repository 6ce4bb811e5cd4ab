"""What the sample shop can sell, read from ``vocabulary.yaml``: brands, colours, types, their words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from baihuo.core import has_han


@dataclass(frozen=True, slots=True)
class Word:
    """One thing in two languages."""

    en: str
    zh: str

    @classmethod
    def parse(cls, text: str) -> Word:
        """``"silk|真丝"``; without a bar both languages write it the same."""
        en, _, zh = text.partition("|")
        return cls(en, zh or en)

    def of(self, language: str) -> str:
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Brand:
    """A maker; ``tier`` 1 is a usual price for the type."""

    name: Word
    tier: float
    makes: tuple[str, ...]  # departments, or single types


@dataclass(frozen=True, slots=True)
class Colour:
    """A colour with the paint its pictures use."""

    name: Word
    paint: str


@dataclass(frozen=True, slots=True)
class Attribute:
    """What a type may vary in; a number is written with ``unit``."""

    key: str
    name: Word
    unit: Word
    values: tuple[Word | float | bool, ...]

    def shown(self, value: Word | float | bool, language: str) -> str:
        """A value as a listing's title writes it; a flag is its name, or nothing when off."""
        if isinstance(value, Word):
            return value.of(language)
        if isinstance(value, bool):
            return (self.name.of(language).removesuffix("网络")) if value else ""
        if self.unit.en == "GB" and value >= 1024:
            return f"{value / 1024:g}TB"
        gap = " " if language == "en" and len(self.unit.en) > 3 else ""
        if self.key == "SPF":
            return f"SPF{value:g}"
        return f"{value:g}{gap}{self.unit.of(language)}"


@dataclass(frozen=True, slots=True)
class ProductType:
    """One kind of product: its words, its prices, what varies."""

    code: str
    department: str
    name: Word
    also: Word  # what some sellers call it
    shelf: Word
    typed: dict[str, tuple[str, ...]]  # language → what shoppers type
    implied: dict[
        str, tuple[str, ...]
    ]  # such a word → what else it says: a latex pillow is of latex
    price_yuan: tuple[float, float]
    weight: float  # how many of the listings
    cycle_days: int  # a consumable is bought again after this; 0: it is not one
    colours: tuple[str, ...]
    is_coloured: bool  # its colour is what is sold; else it is only the pack's
    lines: tuple[Word, ...]
    attributes: tuple[Attribute, ...]
    in_title: tuple[str, ...]
    sizes: str  # "shoe", "clothes" or "": what its variants are
    near: tuple[str, ...]  # types that the old shop shows around it
    goes_with: tuple[str, ...]  # types that some take along with it


@dataclass(frozen=True, slots=True)
class Department:
    """A part of the shop: the root of a category path."""

    code: str
    name: Word
    points: tuple[Word, ...]  # what sellers praise
    types: tuple[ProductType, ...]


@dataclass(frozen=True, slots=True)
class Broader:
    """Words for several types at once."""

    typed: dict[str, tuple[str, ...]]  # language → words
    types: tuple[int, ...]  # every type below them
    gender: str  # "women" or "men" where the words say one, else ""


@dataclass(frozen=True, slots=True)
class UnsoldBrand:
    """A maker that shoppers look for and the shop does not have."""

    name: Word
    typed: dict[str, tuple[str, ...]]  # language → words for what they want of it
    types: tuple[int, ...]  # what is of that kind


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Everything the sample shop can say."""

    brands: tuple[Brand, ...]
    colours: dict[str, Colour]
    departments: dict[str, Department]
    types: tuple[ProductType, ...]
    attribute_names: dict[str, Word]
    broader: tuple[Broader, ...]
    not_sold: dict[str, tuple[str, ...]]  # language → kinds that the shop does not sell
    unsold_brands: tuple[UnsoldBrand, ...]
    named: dict[str, tuple[int, ...]]  # a word that shoppers type → every type it names


@cache
def vocabulary() -> Vocabulary:
    """The sample shop's words."""
    raw = yaml.safe_load(Path(__file__).with_name("vocabulary.yaml").read_text(encoding="utf-8"))
    names = {k: Word(k, zh) for k, (zh, _) in raw["attributes"].items()}
    units = {k: Word.parse(unit) for k, (_, unit) in raw["attributes"].items()}
    departments = {}
    for code, entry in raw["departments"].items():
        types = tuple(_type(t, code, given, names, units) for t, given in entry["types"].items())
        points = tuple(Word.parse(p) for p in entry["points"])
        departments[code] = Department(code, Word.parse(entry["name"]), points, types)
    kinds = tuple(t for d in departments.values() for t in d.types)
    broader = tuple(
        Broader(_by_language(e["typed"]), _below(kinds, e["below"]), e.get("gender", ""))
        for e in raw["broader"]
    )
    return Vocabulary(
        brands=tuple(Brand(Word(en, zh), tier, tuple(d)) for en, zh, tier, d in raw["brands"]),
        colours={en: Colour(Word(en, zh), paint) for en, zh, paint in raw["colours"]},
        departments=departments,
        types=kinds,
        attribute_names=names,
        broader=broader,
        not_sold=_by_language(raw["not_sold"]),
        unsold_brands=tuple(
            UnsoldBrand(Word.parse(e["brand"]), _by_language(e["typed"]), _below(kinds, e["below"]))
            for e in raw["unsold_brands"]
        ),
        named=_named(kinds, broader),
    )


def _below(kinds: tuple[ProductType, ...], codes: list[str]) -> tuple[int, ...]:
    """The types that ``codes`` of types and departments name."""
    return tuple(i for i, t in enumerate(kinds) if t.code in codes or t.department in codes)


def _named(
    kinds: tuple[ProductType, ...], broader: tuple[Broader, ...]
) -> dict[str, tuple[int, ...]]:
    """A word may name types of different shelves: 笔记本 is a laptop and a notebook."""
    named: dict[str, set[int]] = {}
    for i, kind in enumerate(kinds):
        for words in kind.typed.values():
            for word in words:
                named.setdefault(word, set()).add(i)
    for entry in broader:
        for words in entry.typed.values():
            for word in words:
                named.setdefault(word, set()).update(entry.types)
    return {word: tuple(sorted(types)) for word, types in named.items()}


def _by_language(words: list[str]) -> dict[str, tuple[str, ...]]:
    return {
        "zh": tuple(w for w in words if has_han(w)),
        "en": tuple(w for w in words if not has_han(w)),
    }


def _type(
    code: str,
    department: str,
    given: dict[str, Any],
    names: dict[str, Word],
    units: dict[str, Word],
) -> ProductType:
    attributes = tuple(
        Attribute(
            key=key,
            name=names[key],
            unit=units[key],
            values=tuple(Word.parse(v) if isinstance(v, str) else v for v in values),
        )
        for key, values in given["attributes"].items()
    )
    name, also = Word.parse(given["name"]), Word.parse(given.get("also", given["name"]))
    return ProductType(
        code=code,
        department=department,
        name=name,
        also=also,
        shelf=Word.parse(given["shelf"]),
        typed=_by_language(given["typed"]),
        implied={w: _implied(w, attributes, (name, also)) for w in given["typed"]},
        price_yuan=tuple(given["price"]),
        weight=given.get("weight", 1.0),
        cycle_days=given.get("cycle_days", 0),
        colours=tuple(given["colours"]),
        is_coloured=given.get("coloured", "cycle_days" not in given),
        lines=tuple(Word.parse(x) for x in given["lines"]),
        attributes=attributes,
        in_title=tuple(given["title"]),
        sizes=given.get("sizes", ""),
        near=tuple(given["near"]),
        goes_with=tuple(given.get("goes_with", ())),
    )


def _implied(
    typed: str, attributes: tuple[Attribute, ...], names: tuple[Word, ...]
) -> tuple[str, ...]:
    """Values of attributes that ``typed`` says in addition to the kind; what the kind's name says is no value."""
    language, around = ("zh", "") if has_han(typed) else ("en", " ")
    values = {
        a.shown(v, language).casefold()
        for a in attributes
        for v in a.values
        if isinstance(v, Word | bool)
    }
    is_name = [n.of(language).casefold() for n in names]
    return tuple(
        sorted(
            v
            for v in values
            if v
            and f"{around}{v}{around}" in f"{around}{typed}{around}"
            and not any(v in n for n in is_name)
        )
    )
