"""Measures with units, in texts of both languages: ``5 kg``, ``10斤``, ``20000mAh``, ``15.6寸``, ``1TB``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Product, fold
from baihuo.index.limits.numbers import NUMBER, number_of
from baihuo.index.limits.words import limit_words

Size = tuple[str, float]
"""A dimension and an amount in its first unit: ``("mass", 5000.0)``."""

_TOLERANCE = 0.006  # 15.6 inch is written as 39.6 cm; 14 inch and 14.1 inch are two sizes
_MOST_TERABYTES = 64
_GENERATIONS = re.compile(r"[2-6]g")  # of mobile networks: never 5 grams


@dataclass(frozen=True, slots=True)
class Measured:
    """A measure in a text, and what it may mean: ``256g`` is a mass or a memory."""

    start: int
    end: int
    label: str  # "5 kg"
    sizes: tuple[Size, ...]


@cache
def _pattern() -> re.Pattern[str]:
    units = limit_words().units
    latin = sorted((re.escape(u) for u in units if u.isascii()), key=len, reverse=True)
    other = sorted((re.escape(u) for u in units if not u.isascii()), key=len, reverse=True)
    return re.compile(
        rf"(?<![a-z0-9.,/\-])({NUMBER})[ -]?(?:({'|'.join(latin)}|t)(?![a-z0-9/])|({'|'.join(other)}))"
    )


@cache
def _together() -> re.Pattern[str]:
    latin = "|".join(
        sorted((re.escape(u) for u in limit_words().units if u.isascii()), key=len, reverse=True)
    )
    one = rf"{NUMBER}(?:{latin}|t)"
    return re.compile(rf"(?<![a-z0-9.,/\-])({one})(?={one}(?![a-z0-9/]))")


def apart(folded: str) -> str:
    """A folded text with measures that are written together apart.

    >>> apart("8g256g5g手机"), apart("x5g10g")
    ('8g 256g 5g手机', 'x5g10g')
    """
    while (text := _together().sub(r"\1 ", folded)) != folded:
        folded = text
    return folded


def measures_in(folded: str) -> Iterable[Measured]:
    """The measures of a folded text, left to right.

    >>> [m.sizes for m in measures_in("充电宝 20000毫安 5 kg")]
    [(('charge', 20000.0),), (('mass', 5000.0),)]
    """
    units = limit_words().units
    for match in _pattern().finditer(folded):
        number = number_of(match[1])
        if not number or _GENERATIONS.fullmatch(match.group()):
            continue
        word = match[2] or match[3]
        is_apart = match.end(1) != match.start(2 if match[2] else 3)
        if is_apart and word in ("t", "m"):
            continue  # "2 t shirts", "5 m"
        if word == "t":
            if "." in match[1] or number > _MOST_TERABYTES:
                continue  # engines of 1.8T and 2.0T
            sizes: tuple[Size, ...] = (("data", number * 1024),)
        else:
            unit = units[word]
            sizes = ((unit.dimension, number * unit.size),)
        if word == "g" and number >= 1 and number == int(number):
            sizes += (("data", number),)  # 8G+256G
        yield Measured(match.start(), match.end(), f"{match[1]} {word}", sizes)


def product_measures(product: Product, units: Mapping[str, str]) -> set[Size]:
    """All measures of a product: of its titles, descriptions and attributes.

    Args:
        product: the product.
        units: the unit of an attribute whose values are numbers, by the attribute's name.
    """
    texts = [
        product.title_en,
        product.title_zh,
        product.description_en,
        product.description_zh,
    ]
    for attributes in (product.attributes, *(v.attributes for v in product.variants)):
        for name, value in attributes.items():
            if isinstance(value, str):
                texts.append(value)
            elif not isinstance(value, bool) and (unit := units.get(name)):
                texts.append(f"{value:.12g}{unit}")
    text = apart(fold(" | ".join(dict.fromkeys(t for t in texts if t))))
    return {
        (dimension, round(amount, 4))
        for measured in measures_in(text)
        for dimension, amount in measured.sizes
    }


def same_sizes(sizes: Iterable[Size], known: list[Size]) -> NDArray[np.bool_]:
    """Which of the ``known`` sizes are one of ``sizes``, up to rounding: ``[known]``."""
    wanted = list(sizes)
    dimensions = {dimension for dimension, _ in wanted}
    same = np.zeros(len(known), np.bool_)
    for code, (dimension, amount) in enumerate(known):
        if dimension in dimensions:
            same[code] = any(
                dimension == d and abs(amount - a) <= _TOLERANCE * max(a, amount) for d, a in wanted
            )
    return same
