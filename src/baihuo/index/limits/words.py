"""The words of limits that any shop understands, read from ``words.yaml``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from baihuo.core import has_han


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
    suits: Mapping[str, tuple[str, ...]]  # gender or colour → those whose products also suit
    gender_prefixes: Mapping[str, str]  # first character of a Chinese compound → gender
    worn: Mapping[str, str]  # what such a compound names → the word for it
    general_things: frozenset[str]
    gifts: tuple[str, ...]  # words for a gift, which find each other
    persons: Mapping[str, str]  # word → gender whose products suit them, or "anybody"
    given_to_children: tuple[str, ...]  # names of goods
    units: Mapping[str, Unit]  # word → unit
    not_money: tuple[str, ...]
    cheap: Mapping[str, str]  # word → "cheap" or "cheapest"
    measured_parts: Mapping[str, tuple[str, ...]]  # dimension → what a measure of it may be of


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
        suits={gender: tuple(of["suits"]) for gender, of in raw["genders"].items()}
        | {colour: tuple(of) for colour, of in raw["shades"].items()},
        gender_prefixes=raw["gender_prefixes"],
        worn=raw["worn"],
        general_things=frozenset(raw["general_things"]),
        gifts=tuple(raw["gifts"]),
        persons={w: gender for gender, words in raw["persons"].items() for w in words},
        given_to_children=tuple(raw["given_to_children"]),
        units=units,
        not_money=tuple(raw["not_money"]),
        cheap={w: name for name, words in raw["cheap"].items() for w in words},
        measured_parts={of: tuple(words) for of, words in raw["measured_parts"].items()},
    )


def word_pattern(words: Iterable[str]) -> re.Pattern[str]:
    """Finds whole Latin words, and Chinese ones of two or more characters."""
    ordered = sorted(words, key=len, reverse=True)
    latin = "|".join(re.escape(w) for w in ordered if not has_han(w))
    han = "|".join(re.escape(w) for w in ordered if has_han(w) and len(w) > 1)
    return re.compile(
        rf"(?<![a-z0-9\-])(?:{latin or '(?!)'})(?:['’]?s)?(?![a-z0-9\-])|{han or '(?!)'}"
    )
