"""Reads ``thesaurus.yaml``: the words of shoppers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

Texts = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """What is typed for one thing, by language, and what counts as nearly the same thing."""

    typed: Mapping[str, Texts]
    near: Texts = ()
    kinds: Texts = ()  # of a broader word or an accessory: category leaves
    gender: str = ""
    only: Texts = ()  # a measure: kinds that are asked for by it; empty: all
    misspelt: Texts = ()
    traditional: Texts = ()
    brand: Texts = ()


@dataclass(frozen=True, slots=True)
class Thesaurus:
    """The whole file."""

    kinds: Mapping[str, Words]
    broader: tuple[Words, ...]
    accessories: tuple[Words, ...]
    colours: Mapping[str, Words]
    genders: Mapping[str, Words]
    values: Mapping[tuple[str, str], Words]  # (attribute, value)
    measures: Mapping[str, Words]
    sizes: Mapping[str, Words]
    prices: Mapping[str, Words]
    not_sold: Mapping[str, Texts]
    unsold_brands: tuple[Words, ...] = field(default=())


@cache
def thesaurus() -> Thesaurus:
    raw = yaml.safe_load(Path(__file__).with_name("thesaurus.yaml").read_text(encoding="utf-8"))
    return Thesaurus(
        kinds=_named(raw["kinds"]),
        broader=tuple(_words(w) for w in raw["broader"]),
        accessories=tuple(_words(w) for w in raw["accessories"]),
        colours=_named(raw["colours"]),
        genders=_named(raw["genders"]),
        values={
            (attribute, value): _words(w)
            for attribute, values in raw["values"].items()
            for value, w in values.items()
        },
        measures=_named(raw["measures"]),
        sizes=_named(raw["sizes"]),
        prices=_named(raw["prices"]),
        not_sold={language: tuple(texts) for language, texts in raw["not_sold"].items()},
        unsold_brands=tuple(_words(w) for w in raw["unsold_brands"]),
    )


def _named(entries: dict[str, Any]) -> dict[str, Words]:
    return {str(name): _words(entry) for name, entry in entries.items()}


def _words(entry: dict[str, Any]) -> Words:
    lists = {k: tuple(v) for k, v in entry.items() if k not in ("en", "zh", "gender")}
    typed = {k: _texts(entry[k]) for k in ("en", "zh")}
    return Words(typed, gender=entry.get("gender", ""), **lists)


def _texts(value: str | list[str]) -> Texts:
    return (value,) if isinstance(value, str) else tuple(value)
