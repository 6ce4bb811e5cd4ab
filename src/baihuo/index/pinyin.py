"""The Chinese words of a catalogue by their sound, in pinyin without tones: ``shouji`` is 手机.

Made when the index is built, so that nothing has to be looked up in a dictionary while it serves. Only words of the catalogue,
names of kinds that are sold, and general words of limits (colours, genders) are there: what a shop does not have is never read.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import product as combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Product, has_han
from baihuo.index.kinds import MIN_TITLES, Kinds
from baihuo.index.known_phrases import folded
from baihuo.index.limits.words import limit_words
from baihuo.index.words import han_words

_FILE = "sounds.json"
_OF_QUERIES = (
    "的",
    "不要",
    "不含",
    "以下",
    "以上",
    "以内",
    "左右",
    "便宜",
)  # what is typed beside a thing
_LEAST_PHRASES, _USUAL = (
    5,
    0.1,
)  # number and share of a character's phrases with a sound that is in use
_MOST_READINGS = 16  # of one typed word: a character may have several


class Word(NamedTuple):
    """A Chinese word of the catalogue."""

    text: str
    n_products: int
    is_kind: bool  # the name of a kind that is sold


@dataclass(frozen=True, eq=False)
class Sounds:
    """Words by sound, the likeliest first, and how characters sound."""

    words: Mapping[str, Sequence[Word]] = field(default_factory=dict)  # "shouji" → 手机, 首机
    kinds: Mapping[str, Sequence[Word]] = field(
        default_factory=dict
    )  # "sj" → kinds with these initials
    characters: Mapping[str, Sequence[str]] = field(default_factory=dict)  # 长 → "chang", "zhang"

    def of(self, text: str) -> set[str]:
        """The sounds of some Chinese characters; none if one of them is rare."""
        readings = [self.characters.get(c, ()) for c in text]
        every = combinations(*readings)
        return {"".join(one) for one, _ in zip(every, range(_MOST_READINGS), strict=False)}

    @cached_property
    def names(self) -> Mapping[tuple[int, str], Sequence[str]]:
        """The names of kinds by their number of characters and the last one."""
        found: dict[tuple[int, str], list[str]] = defaultdict(list)
        for words in self.words.values():
            for word in words:
                if word.is_kind:
                    found[len(word.text), word.text[-1]].append(word.text)
        return found

    @cached_property
    def kind_sounds(self) -> Mapping[str, str]:
        """Sound → the kind that it names first, also one for a gender: 男鞋."""
        general = limit_words()

        def is_name(word: Word) -> bool:
            is_worn = word.text[0] in general.gender_prefixes and word.text[1:] in general.worn
            return len(word.text) > 1 and (word.is_kind or is_worn)

        return {sound: of[0].text for sound, of in self.words.items() if is_name(of[0])}

    def save(self, folder: Path) -> None:
        """Write ``sounds.json``."""
        by_sound: dict[str, str] = defaultdict(str)
        for character, sounds in self.characters.items():
            for sound in sounds:
                by_sound[sound] += character
        stored = {"words": self.words, "kinds": self.kinds, "characters": by_sound}
        (folder / _FILE).write_text(json.dumps(stored, ensure_ascii=False), "utf-8")

    @staticmethod
    def load(folder: Path) -> Sounds:
        """Load what :meth:`save` wrote; a generation of an earlier version has none."""
        if not (folder / _FILE).exists():
            return Sounds()
        stored = json.loads((folder / _FILE).read_text("utf-8"))
        characters: dict[str, list[str]] = defaultdict(list)
        for sound, of in stored["characters"].items():
            for character in of:
                characters[character].append(sound)

        def words(table: Mapping[str, Sequence[Sequence[object]]]) -> dict[str, list[Word]]:
            return {sound: [Word(*word) for word in of] for sound, of in table.items()}  # type: ignore[arg-type]

        return Sounds(words(stored["words"]), words(stored["kinds"]), dict(characters))


def sounds_of(
    products: Iterable[Product], kinds: Kinds, heads: Mapping[str, NDArray[np.int32]]
) -> Sounds:
    """The sounds of a catalogue's words.

    Args:
        products: the catalogue.
        kinds: learned from it.
        heads: phrase key → rows whose title has it as its head: kinds of a shop without categories.
    """
    counts = _counts(products)
    titled = {key for key, rows in heads.items() if len(rows) >= MIN_TITLES}
    sold = {k for k in kinds.keys if has_han(k) and (k in titled or kinds.weights(k))}
    limits = {w for w in (*limit_words().colours, *limit_words().genders) if has_han(w)}
    limits |= {*_OF_QUERIES}
    worn = [w for w in limit_words().worn if len(w) == 1 and kinds.weights(w)]
    limits |= {gender + thing for gender in limit_words().gender_prefixes for thing in worn}
    if not counts:
        return Sounds()  # nothing is Chinese here
    words = [
        Word(text, counts[text], text in sold)
        for text in {*counts, *sold, *limits}
        if len(text) > 1 or text in sold or text in limits
    ]
    words.sort(key=lambda w: (-w.is_kind, -w.n_products, w.text))
    by_sound: dict[str, list[Word]] = defaultdict(list)
    by_initials: dict[str, list[Word]] = defaultdict(list)
    for word in words:
        of = syllables(word.text)
        by_sound["".join(of)].append(word)
        if word.is_kind and word.n_products and len(of) > 1:
            by_initials["".join(s[0] for s in of)].append(word)
    return Sounds(dict(by_sound), dict(by_initials), _characters())


def _counts(products: Iterable[Product]) -> Counter[str]:
    """Chinese words of titles, brands, categories and attributes → number of products."""
    counts: Counter[str] = Counter()
    for product in products:
        attributes = (product.attributes, *(v.attributes for v in product.variants))
        values = {v for of in attributes for v in of.values() if isinstance(v, str)}
        texts = {product.title_zh or "", product.brand or "", *product.category, *values}
        found = {word for text in texts if has_han(text) for _, word in han_words(folded(text))}
        counts.update(found)
    return counts


def syllables(text: str) -> list[str]:
    """The pinyin of each Chinese character of a text, and its other parts as they are."""
    # Not at the top: its tables take half a second, and only builds need them.
    from pypinyin import Style, lazy_pinyin

    return [s for s in lazy_pinyin(text, style=Style.NORMAL, v_to_u=False) if s.strip()]


@cache
def _characters() -> dict[str, list[str]]:
    """The common simplified characters, those of GB 2312, with the sounds that they have in words of today."""
    from pypinyin import Style, pinyin
    from pypinyin.constants import PHRASES_DICT
    from pypinyin.style import convert

    common = [
        bytes((0xB0 + row, 0xA1 + cell)).decode("gb2312", "ignore")
        for row in range(72)
        for cell in range(94)
    ]
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for phrase, sounds in PHRASES_DICT.items():
        for character, sound in zip(phrase, sounds, strict=False):
            counts[character][sound[0]] += 1
    found = {}
    for c in filter(None, common):
        first = pinyin(c, style=Style.NORMAL, v_to_u=False)[0]
        total = counts[c].total()
        usual = [s for s, n in counts[c].items() if n >= max(_LEAST_PHRASES, _USUAL * total)]
        plain = (convert(s, Style.NORMAL, strict=False).replace("ü", "v") for s in usual)
        found[c] = sorted({*first, *plain})
    return found
