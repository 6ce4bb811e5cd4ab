"""Measures with units, in texts of both languages: ``5 kg``, ``10斤``, ``20000mAh``, ``15.6寸``, ``1TB``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Product, fold
from baihuo.index.limits.numbers import HAN_NUMBER, NUMBER, number_of
from baihuo.index.limits.words import limit_words

Size = tuple[str, float]
"""A dimension and an amount in its first unit: ``("mass", 5000.0)``."""

_TOLERANCE = 0.006  # 15.6 inch is written as 39.6 cm; 14 inch and 14.1 inch are two sizes
_MOST_TERABYTES = 64
_COUNTED = frozenset(["pieces", "pages"])  # 一支口红 is one of them, and no size
_MOST_PEOPLE = 20  # in Chinese characters: 四人帐篷, and not 百人
_MEMORY = (2, 3, 4, 6, 8, 12, 16, 18, 24, 32, 64)
_STORAGE = (16, 32, 64, 128, 256, 512, 1024)
_FRACTION = re.compile(r"(?:(?<!\d)(\d++) ?)?([\u00bc-\u00be\u2150-\u215e])")
_LEAST_COUNT = 100  # in Chinese characters, of pieces and pages: 一千片
_KIT = re.compile(r"(?<![a-z0-9.])([2-8])\s?[x×*]\s?(?=\d{1,4}\s?(?:[mgt]b|gig)(?![a-z]))")
_TIMES = re.compile(r"(?<![a-z0-9.])([2-8]) x $")
_GENERATIONS = re.compile(r"[2-6]g")  # of mobile networks: never 5 grams


@dataclass(frozen=True, slots=True)
class Measured:
    """A measure in a text, and what it may mean: ``256g`` is a mass or a memory."""

    start: int
    end: int
    label: str  # "5 kg"
    sizes: tuple[Size, ...]
    is_in_words: bool = False  # 五斤: it may also be a part of a name


@cache
def _pattern() -> re.Pattern[str]:
    units = limit_words().units
    latin = sorted((re.escape(u) for u in units if u.isascii()), key=len, reverse=True)
    other = sorted((re.escape(u) for u in units if not u.isascii()), key=len, reverse=True)
    return re.compile(
        rf"(?<![a-z0-9.,/\-])({NUMBER})[ -]?(?:({'|'.join(latin)}|t)(?![a-z0-9/])|({'|'.join(other)}))"
    )


@cache
def _together() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """A run of measures without a space, and the first of it."""
    latin = "|".join(
        sorted((re.escape(u) for u in limit_words().units if u.isascii()), key=len, reverse=True)
    )
    one = rf"{NUMBER}(?:{latin}|t)"
    return re.compile(rf"(?<![a-z0-9.,/\-])(?:{one}){{2,}}(?![a-z0-9/])"), re.compile(one)


def spelled_out(text: str) -> str:
    """Vulgar fractions as decimals; folding would make ½ a 1, a slash and a 2.

    >>> spelled_out('2½ inch, ¾"'), spelled_out("2⅓ m")
    ('2.5 inch, 0.75"', '2.333 m')
    """
    return _FRACTION.sub(
        lambda found: f"{int(found[1] or 0) + unicodedata.numeric(found[2]):.4g}", text
    )


def apart(folded: str) -> str:
    """A folded text with measures that are written together apart.

    >>> apart("8g256g5g手机"), apart("x5g10g"), apart("2x16gb")
    ('8g 256g 5g手机', 'x5g10g', '2 x 16gb')
    """
    run, one = _together()
    folded = _KIT.sub(r"\1 x ", folded)
    return run.sub(lambda found: " ".join(one.findall(found.group())), folded)


def kit_of(folded: str, measured: Measured) -> Measured | None:
    """The whole of some equal parts: of "2 x 16 gb" 32 GB; None where the measure stands alone.

    >>> text = "2 x 16gb ddr4"
    >>> [kit_of(text, m).label for m in measures_in(text)]
    ['32 gb']
    """
    times = _TIMES.search(folded[: measured.start])
    if times is None or measured.sizes[0][0] != "data":
        return None
    number, _, unit = measured.label.partition(" ")
    whole = tuple((of, amount * int(times[1])) for of, amount in measured.sizes)
    return Measured(
        times.start(), measured.start, f"{float(number) * int(times[1]):g} {unit}", whole
    )


def _terabytes(number: float) -> tuple[Size, ...]:
    """A terabyte is 1024 or, of most disks, 1000 GB."""
    return (("data", number * 1024), ("data", number * 1000))


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
            sizes: tuple[Size, ...] = _terabytes(number)
        else:
            unit = units[word]
            sizes = ((unit.dimension, number * unit.size),)
            if unit.name == "tb":
                sizes = _terabytes(number)
        if word == "g" and number >= 1 and number == int(number):
            sizes += (("data", number),)  # 8G+256G
        yield Measured(match.start(), match.end(), f"{match[1]} {word}", sizes)


@cache
def _spoken_pattern() -> re.Pattern[str]:
    units = limit_words().units
    han = [u for u in units if not u.isascii()]
    unit = "|".join(sorted(map(re.escape, han), key=len, reverse=True))
    charge = "|".join(u for u, of in units.items() if of.dimension == "charge")
    halves = "kg|kilo|kilogram|litre|liter|pound|lb|metre|meter"
    return re.compile(
        rf"(?<![零一二两三四五六七八九十百千万点\d.])(?:"
        rf"(?P<metres>[一两二三123])米(?P<tenths>[一二三四五六七八九1-9])(?![\d十百千万人])"
        rf"|(?P<han>{HAN_NUMBER}|半)\s?(?P<unit>{unit})(?P<more>半)?)"
        rf"|(?<![a-z0-9.,/\-])(?P<number>{NUMBER})\s?(?P<multiple>万|千|k)\s?(?P<of>{charge})(?![a-z])"
        rf"|(?<![a-z0-9])half (?:an? )?(?P<half>{halves})(?![a-z])"
        r"|(?<![a-z0-9.+\-/])(?P<memory>\d{1,2})\s?\+\s?(?P<storage>\d{2,4}|[12]tb?)(?![a-z0-9.+\-/])"
    )


def spoken_measures(folded: str) -> Iterable[Measured]:
    """The measures that shoppers write in words, and titles hardly ever: 五斤, 2万毫安, half a kilo, 8+256.

    >>> [m.sizes for m in spoken_measures("二十斤大米 一米八床 20k mah")]
    [(('mass', 10000.0),), (('length', 1800.0),), (('charge', 20000.0),)]
    >>> [m.label for m in spoken_measures("8+256手机")]
    ['8 gb', '256 gb']
    """
    units = limit_words().units
    for match in _spoken_pattern().finditer(folded):
        if match["memory"]:
            yield from _memory_and_storage(match)
            continue
        if match["metres"]:
            metres, tenths = number_of(match["metres"]), number_of(match["tenths"])
            word, number = "米", (metres or 0) + (tenths or 0) / 10
        elif match["half"]:
            word, number = match["half"].replace("pound", "lb"), 0.5
        elif match["number"]:
            word, number = match["of"], number_of(match["number"], match["multiple"]) or 0
        else:
            word = match["unit"]
            number = 0.5 if match["han"] == "半" else number_of(match["han"]) or 0
            number += 0.5 if match["more"] else 0
        unit = units[word]
        if not number or (unit.dimension == "people" and number > _MOST_PEOPLE):
            continue
        if match["han"] and unit.dimension in _COUNTED and number < _LEAST_COUNT:
            continue
        size = (unit.dimension, number * unit.size)
        label = f"{number:g} {word}"
        yield Measured(match.start(), match.end(), label, (size,), is_in_words=bool(match["han"]))


def _memory_and_storage(match: re.Match[str]) -> Iterable[Measured]:
    """8+256 of a phone: 8 GB of memory and 256 GB of storage."""
    typed = match["storage"]
    terabytes = int(typed[0]) if "t" in typed else 0
    memory, storage = int(match["memory"]), terabytes * 1024 or int(typed)
    if memory not in _MEMORY or (storage not in _STORAGE and not terabytes):
        return
    label = f"{terabytes} tb" if terabytes else f"{storage} gb"
    cut = match.end("memory")
    yield Measured(match.start(), cut, f"{memory} gb", (("data", float(memory)),))
    yield Measured(cut, match.end(), label, (("data", float(storage)),))


def rounded_lengths(measured: Measured) -> tuple[float, float] | None:
    """What a size in whole inches may be rounded from, in mm: 13 inch is said of 13.3 inch, 24 of 23.8. From
    the first up to, without, the second; None for other measures.
    """
    number, _, word = measured.label.partition(" ")
    unit = limit_words().units.get(word)
    if unit is None or unit.name != "inch" or not number.isdigit():
        return None
    return (int(number) - 0.5) * unit.size, (int(number) + 1) * unit.size


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
    text = apart(fold(spelled_out(" | ".join(dict.fromkeys(t for t in texts if t)))))
    return {
        (dimension, round(amount, 4))
        for measured in measures_in(text)
        for dimension, amount in measured.sizes
    }


def same_sizes(sizes: Iterable[Size], known: list[Size]) -> NDArray[np.bool_]:
    """Which of the ``known`` sizes are one of ``sizes``, up to rounding: ``[known]``."""
    wanted: dict[str, list[float]] = {}
    for dimension, amount in sizes:
        wanted.setdefault(dimension, []).append(amount)
    same = np.zeros(len(known), np.bool_)
    for code, (dimension, amount) in enumerate(known):
        for one in wanted.get(dimension, ()):
            if abs(amount - one) <= _TOLERANCE * max(one, amount):
                same[code] = True
    return same
