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
    price_yuan: tuple[float, float]
    weight: float  # how many of the listings
    cycle_days: int  # a consumable is bought again after this; 0: it is not one
    colours: tuple[str, ...]
    is_coloured: bool  # its colour is what is sold; else it is only the pack's
    lines: tuple[Word, ...]
    attributes: tuple[Attribute, ...]
    in_title: tuple[str, ...]
    sizes: str  # "shoe", "clothes" or "": what its variants are
    near: tuple[str, ...]  # types bought around it


@dataclass(frozen=True, slots=True)
class Department:
    """A part of the shop: the root of a category path."""

    code: str
    name: Word
    points: tuple[Word, ...]  # what sellers praise
    types: tuple[ProductType, ...]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Everything the sample shop can say."""

    brands: tuple[Brand, ...]
    colours: dict[str, Colour]
    departments: dict[str, Department]
    types: tuple[ProductType, ...]
    attribute_names: dict[str, Word]


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
    return Vocabulary(
        brands=tuple(Brand(Word(en, zh), tier, tuple(d)) for en, zh, tier, d in raw["brands"]),
        colours={en: Colour(Word(en, zh), paint) for en, zh, paint in raw["colours"]},
        departments=departments,
        types=tuple(t for d in departments.values() for t in d.types),
        attribute_names=names,
    )


def _type(
    code: str,
    department: str,
    given: dict[str, Any],
    names: dict[str, Word],
    units: dict[str, Word],
) -> ProductType:
    typed = given["typed"]
    attributes = tuple(
        Attribute(
            key=key,
            name=names[key],
            unit=units[key],
            values=tuple(Word.parse(v) if isinstance(v, str) else v for v in values),
        )
        for key, values in given["attributes"].items()
    )
    return ProductType(
        code=code,
        department=department,
        name=Word.parse(given["name"]),
        also=Word.parse(given.get("also", given["name"])),
        shelf=Word.parse(given["shelf"]),
        typed={
            "zh": tuple(t for t in typed if has_han(t)),
            "en": tuple(t for t in typed if not has_han(t)),
        },
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
    )
