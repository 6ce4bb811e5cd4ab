"""The words of limits that any shop understands, read from ``words.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: ``size`` is in the first unit of its dimension."""

    name: str
    dimension: str
    size: float


@dataclass(frozen=True, slots=True, eq=False)
class LimitWords:
    """The tables of ``words.yaml``, by the word that is typed."""

    colours: Mapping[str, str]  # word → colour
    genders: Mapping[str, str]  # word → gender
    suits: Mapping[str, tuple[str, ...]]  # gender → genders whose products also suit
    gender_prefixes: Mapping[str, str]  # first character of a Chinese compound → gender
    worn: Mapping[str, str]  # what such a compound names → the word for it
    general_things: frozenset[str]
    gifts: tuple[str, ...]  # words for a gift, which find each other
    units: Mapping[str, Unit]  # word → unit
    not_money: tuple[str, ...]


@cache
def limit_words() -> LimitWords:
    """The tables, read once."""
    raw = yaml.safe_load(Path(__file__).with_name("words.yaml").read_text(encoding="utf-8"))
    units = {
        word: Unit(name, dimension, float(size))
        for dimension, named in raw["units"].items()
        for name, (size, words) in named.items()
        for word in words
    }
    return LimitWords(
        colours={w: colour for colour, words in raw["colours"].items() for w in words},
        genders={w: gender for gender, of in raw["genders"].items() for w in of["words"]},
        suits={gender: tuple(of["suits"]) for gender, of in raw["genders"].items()},
        gender_prefixes=raw["gender_prefixes"],
        worn=raw["worn"],
        general_things=frozenset(raw["general_things"]),
        gifts=tuple(raw["gifts"]),
        units=units,
        not_money=tuple(raw["not_money"]),
    )
