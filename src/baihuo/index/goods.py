"""General knowledge of goods: names of kinds in two languages, broad to narrow, and well-known makers.

``goods.txt`` names no shop's categories: which kinds a shop sells is learned from its catalogue by
:mod:`baihuo.index.kinds`. A kind that stands here and nowhere in the catalogue is one the shop can say
it does not sell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path

from baihuo.core import has_han
from baihuo.index.known_phrases import find_phrases, folded, phrase_key


@dataclass(frozen=True, slots=True)
class Good:
    """A kind of goods."""

    names: tuple[str, ...]  # as written, English first
    keys: tuple[str, ...]  # :func:`baihuo.index.known_phrases.phrase_key` of each name
    parent: int  # number of the broader kind; -1: none


@dataclass(frozen=True)
class Goods:
    """All kinds; ``numbers_of`` has, by key, the kinds that have a name."""

    kinds: tuple[Good, ...]
    numbers_of: Mapping[str, tuple[int, ...]]
    brands: Mapping[str, str]  # key of a maker or product name → key of its kind, or empty

    def is_below(self, number: int, ancestor: int) -> bool:
        """Whether kind ``number`` is ``ancestor`` or below it."""
        while number >= 0 and number != ancestor:
            number = self.kinds[number].parent
        return number >= 0

    def is_broader(self, broad: str, narrow: str) -> bool:
        """Whether a key names a kind that is, or is above, one that another key names."""
        below = self.numbers_of.get(narrow, ())
        return any(self.is_below(n, b) for n in below for b in self.numbers_of.get(broad, ()))

    def same(self, key: str) -> tuple[str, ...]:
        """The key, and those of names that mean only the same kind. A name of several kinds tells nothing of one."""
        numbers = self.numbers_of.get(key, ())
        names = self.kinds[numbers[0]].keys if len(numbers) == 1 else ()
        return tuple(dict.fromkeys((key, *(k for k in names if len(self.numbers_of[k]) == 1))))

    def narrower(self, key: str) -> tuple[str, ...]:
        """The keys of names that mean only kinds below that of ``key``; none for a name of several kinds."""
        numbers = self.numbers_of.get(key, ())
        if len(numbers) != 1:
            return ()
        below = self._below[numbers[0]]
        names = (k for number in below for k in self.kinds[number].keys)
        return tuple(dict.fromkeys(k for k in names if len(self.numbers_of[k]) == 1))

    @cached_property
    def _below(self) -> dict[int, list[int]]:
        below: dict[int, list[int]] = {number: [] for number in range(len(self.kinds))}
        for number in below:
            above = self.kinds[number].parent
            while above >= 0:
                below[above].append(number)
                above = self.kinds[above].parent
        return below

    def label(self, number: int, *, is_chinese: bool) -> str:
        """The usual name of a kind in a language, or empty."""
        return next((n for n in self.kinds[number].names if has_han(n) == is_chinese), "")


@cache
def general_goods() -> Goods:
    """What ``goods.txt`` and ``known_brands.txt`` say."""
    kinds: list[Good] = []
    above: list[tuple[int, int]] = []  # indent and number of the lines that a line may be below
    numbers_of: dict[str, tuple[int, ...]] = {}
    for line in _lines("goods.txt"):
        indent = len(line) - len(line.lstrip())
        while above and above[-1][0] >= indent:
            above.pop()
        number, names = len(kinds), _names(line)
        keys = tuple(dict.fromkeys(map(phrase_key, names)))
        kinds.append(Good(names, keys, above[-1][1] if above else -1))
        above.append((indent, number))
        for key in keys:
            numbers_of[key] = (*numbers_of.get(key, ()), number)
    brands: dict[str, str] = {}
    for line in _lines("known_brands.txt"):
        names_text, _, kind = line.partition(">")
        brands |= {phrase_key(name): phrase_key(kind) for name in _names(names_text)}
    return Goods(tuple(kinds), numbers_of, brands)


def _lines(name: str) -> list[str]:
    text = Path(__file__).with_name(name).read_text("utf-8")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


def _names(line: str) -> tuple[str, ...]:
    english, _, chinese = line.partition("|")
    return tuple(n.strip() for n in (*english.split(","), *chinese.split(",")) if n.strip())


@lru_cache(maxsize=4096)
def goods_names(name: str) -> frozenset[str]:
    """The keys of a name of goods and of its other names in both languages; only its own where it means several kinds or none.

    >>> goods_names("Electronics") & goods_names("电子产品") != frozenset(), goods_names("Electronics") & goods_names("食品")
    (True, frozenset())
    """
    return frozenset(general_goods().same(phrase_key(name)))


def names_goods_of(text: str, category: str) -> bool:
    """Whether a text names goods of a category: the same, or a narrower kind.

    >>> names_goods_of("这台电脑能退吗", "Electronics"), names_goods_of("can food be returned", "Electronics")
    (True, False)
    """
    goods = general_goods()
    named = {found.key for found in find_phrases(folded(text), goods.numbers_of)}
    of_category = {found.key for found in find_phrases(folded(category), goods.numbers_of)}
    return any(goods.is_broader(broad, narrow) for broad in of_category for narrow in named)
