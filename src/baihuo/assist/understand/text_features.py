"""What intents are told by: words, pairs of words, parts of words, and the sound of Chinese characters."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from baihuo.assist.understand.near_words import NearWords
from baihuo.assist.understand.readable import is_han, words_of

WORD, PART = "w", "p"  # first letter of a feature: of which block it is
CORRECTED = "w="
_SHORTEST, _LONGEST = 2, 5  # characters of a part, the edges of a word counted
_HAN_LONGEST = 3
_LONGEST_WORD = 30
_MOST_WORDS = 150  # that are read: cost grows with the message up to here
_LONGEST_SYLLABLE = 6


@dataclass(frozen=True, eq=False)
class Sounds:
    """How Chinese characters sound, in pinyin without tones; empty where nothing Chinese was learned."""

    of: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def syllables(self) -> frozenset[str]:
        """All syllables of the table."""
        return frozenset(self.of.values())

    def spell(self, han: str) -> list[str]:
        """The syllables of Chinese characters; those that the table lacks are left out."""
        return [s for c in han if (s := self.of.get(c))]

    def split(self, word: str) -> list[str] | None:
        """The syllables of a word typed in pinyin; None: it is none. The longest syllable that leaves a rest that can be split.

        >>> Sounds({"退": "tui", "款": "kuan"}).split("tuikuan")
        ['tui', 'kuan']
        """
        ways: list[list[str] | None] = [None] * len(word) + [[]]
        for start in range(len(word) - 1, -1, -1):
            for n in range(min(_LONGEST_SYLLABLE, len(word) - start), 0, -1):
                rest = ways[start + n]
                if rest is not None and word[start : start + n] in self.syllables:
                    ways[start] = [word[start : start + n], *rest]
                    break
        return ways[0]


def features_of(plain: str, sounds: Sounds, spelling: NearWords) -> list[str]:
    """The features of a readable text, each as often as it is there: as typed, and once more with its spelling corrected.

    Numbers are all the same. A text whose words are all pinyin has the sounds of the Chinese characters that it stands for.

    >>> features_of("my bill", Sounds(), NearWords([]))[:4]
    ['wmy', 'p m', 'pmy', 'py ']
    """
    words = [w[:_LONGEST_WORD] for w in words_of(plain)[:_MOST_WORDS]]
    found: list[str] = []
    _add_words(found, words, WORD, PART)
    corrected = [w if is_han(w) or w.isdigit() else spelling.meant(w) or w for w in words]
    # Of one block with the words: so a word that was misspelt counts as much as one that was not (docs/decisions/0035).
    _add_words(found, [w for w in corrected if not is_han(w)], CORRECTED, CORRECTED)
    if sounds.of:
        syllables = [s for word in words if is_han(word) for s in sounds.spell(word)]
        _add_sounds(found, syllables or typed_in_pinyin(words, sounds))
    return found


def _add_words(found: list[str], words: Sequence[str], whole: str, part: str) -> None:
    before = ""
    for word in words:
        if is_han(word):
            _add_han(found, word)
            before = word[-1]
            continue
        if word.isdigit():
            word = "0"
        found.append(whole + word)
        if before:
            found.append(f"{whole}{before} {word}")
        before = word
        _add_parts(found, f" {word} ", part)


def _add_parts(found: list[str], edged: str, block: str) -> None:
    n = len(edged)
    for size in range(_SHORTEST, _LONGEST + 1):
        if size >= n:
            found.append(block + edged)
            break
        found.extend([block + edged[at : at + size] for at in range(n - size + 1)])


def _add_han(found: list[str], word: str) -> None:
    n = len(word)
    for size in range(1, _HAN_LONGEST + 1):
        block = PART if size == 1 else WORD
        found.extend([block + word[at : at + size] for at in range(n - size + 1)])


def _add_sounds(found: list[str], syllables: Sequence[str]) -> None:
    found.extend([f"p~{s}" for s in syllables])
    found.extend([f"p~{a} {b}" for a, b in itertools.pairwise(syllables)])


def typed_in_pinyin(words: Sequence[str], sounds: Sounds) -> list[str]:
    """The syllables of a text of at least two whose every word is pinyin."""
    all_of: list[str] = []
    for word in words:
        split = sounds.split(word) if word.isascii() and word.isalpha() else None
        if split is None:
            return []
        all_of += split
    return all_of if len(all_of) > 1 else []
