"""Reads a question as the shop's knowledge writes it: words a slip away, pinyin, and Chinese characters typed for others that sound alike.

All of it is learned from the entries: what they do not say is never read.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise

from baihuo.assist.understand.near_words import NearWords
from baihuo.assist.understand.readable import is_han, readable, words_of
from baihuo.assist.understand.text_features import Sounds
from baihuo.index import single_han

IsWord = Callable[[str], bool]

_LATIN_RUN = re.compile(r"(?<![a-z0-9_@.-])[a-z]+(?:[ '’]+[a-z]+)*(?![a-z0-9_@-]|\.[a-z0-9])")
_TOKEN = re.compile(r"[a-z]+")
_HAN_RUN = re.compile(r"[\u3400-\u9fff]{2,}")
_SLIP = re.compile(r"[a-z]{4,24}")
_MOST_CHARACTERS = 120  # of one run: more is no question
_LEAST_ENTRIES = 2  # texts with a pair of characters, to be meant by others that sound alike
_LEAST_SYLLABLES = 2
_UNSEEN = 9.0  # nats of a pair that the entries do not have
_START = "^"


@dataclass(frozen=True, eq=False)
class KnowledgeSpelling:
    """How the entries of one language write. Immutable; threads may share it.

    ``pairs`` counts texts with a pair of adjacent characters, ``characters`` with a character; ``by_sound`` has the characters of a
    syllable, the most frequent first.
    """

    words: NearWords
    sounds: Sounds
    pairs: Counter[str]
    characters: Counter[str]
    by_sound: dict[str, tuple[str, ...]]
    is_word: IsWord

    @staticmethod
    def of(
        texts: Iterable[str],
        sounds: Sounds,
        is_word: IsWord = lambda word: False,
        *,
        typed: Iterable[str] = (),
    ) -> KnowledgeSpelling:
        """Learn it.

        Args:
            texts: questions and answers that the shop wrote.
            sounds: of the characters in them; empty: nothing is read by its sound.
            is_word: whether a lower-case word is one of the language, so that it is no slip.
            typed: what shoppers wrote: which characters they put side by side counts, but their words may be slips.
        """
        words: Counter[str] = Counter()
        pairs: Counter[str] = Counter()
        characters: Counter[str] = Counter()
        for text, is_ours in (*((t, True) for t in texts), *((t, False) for t in typed)):
            found = words_of(readable(text))
            if is_ours:
                words.update({w for w in found if w.isascii() and w.isalpha()})
            for word in filter(is_han, found):
                characters.update(set(word))
                pairs.update({a + b for a, b in pairwise(_START + word)})
        by_sound: dict[str, list[str]] = {}
        for character, _ in characters.most_common():
            if sound := sounds.of.get(character):
                by_sound.setdefault(sound, []).append(character)
        alike = {sound: tuple(of) for sound, of in by_sound.items()}
        return KnowledgeSpelling(NearWords(words), sounds, pairs, characters, alike, is_word)

    def read(self, asked: str) -> str:
        """The question as the entries would write it; as it was where nothing is read in another way."""
        if len(asked) > 4 * _MOST_CHARACTERS:
            return asked
        text = asked.lower() if asked.isascii() else asked
        if self.by_sound:
            text = _LATIN_RUN.sub(lambda run: self._pinyin(run.group()), text)
            text = _HAN_RUN.sub(lambda run: self._alike(run.group()), text)
        read = _SLIP.sub(lambda word: self._without_slip(word.group()), text)
        return asked if read == asked.lower() else read

    def _without_slip(self, word: str) -> str:
        if word in self.words.counts or self.is_word(word):
            return word
        return self.words.other(word) or word

    def _pinyin(self, run: str) -> str:
        """The characters of the entries that sound like this; as it was where a word is known, or a syllable has none."""
        tokens = _TOKEN.findall(run)
        if len(run) > _MOST_CHARACTERS or any(t in self.words.counts for t in tokens):
            return run
        syllables: list[str] = []
        for token in tokens:
            split = self.sounds.split(token)
            if split is None:
                return run
            syllables += split
        if len(syllables) < _LEAST_SYLLABLES or (len(tokens) == 1 and self.is_word(tokens[0])):
            return run
        return self._likeliest(syllables) or run

    def _likeliest(self, syllables: list[str]) -> str:
        """The likeliest characters of syllables, by pairs of the entries; empty where most of the pairs are none of theirs."""
        best: dict[str, tuple[float, str]] = {_START: (0.0, "")}
        for syllable in syllables:
            after: dict[str, tuple[float, str]] = {}
            for character in self.by_sound.get(syllable, ()):
                cost, text = min(
                    (cost + self._cost(before, character), text)
                    for before, (cost, text) in best.items()
                )
                after[character] = (cost, text + character)
            if not after:
                return ""
            best = after
        text = min(best.values())[1]
        n_known = sum(a + b in self.pairs for a, b in pairwise(text))
        return text if 2 * n_known >= len(text) - 1 else ""

    def _cost(self, before: str, character: str) -> float:
        n = self.pairs[before + character]
        if not n:
            return _UNSEEN - math.log1p(self.characters[character]) / 2
        return math.log(1 + self.characters[before] / n) + 1 / n

    def _alike(self, run: str) -> str:
        """A run in which a character that stands alone and makes no pair of the entries is the one that sounds like it and does."""
        if len(run) > _MOST_CHARACTERS or all(a + b in self.pairs for a, b in pairwise(run)):
            return run
        alone = single_han(run)
        read = list(run)
        for at in alone:
            if any(pair in self.pairs for pair in self._around(read, at, read[at])):
                continue
            others = self.by_sound.get(self.sounds.of.get(read[at], ""), ())
            best = max(others, key=lambda c: self._evidence(read, at, c), default="")
            n = self._evidence(read, at, best) if best else 0
            if n >= _LEAST_ENTRIES and n > self.characters[read[at]]:  # 不 and 吗 are as meant
                read[at] = best
        return "".join(read)

    def _evidence(self, read: list[str], at: int, character: str) -> int:
        return sum(self.pairs[pair] for pair in self._around(read, at, character))

    @staticmethod
    def _around(read: list[str], at: int, character: str) -> list[str]:
        left = [read[at - 1] + character] if at else []
        return left + ([character + read[at + 1]] if at + 1 < len(read) else [])
