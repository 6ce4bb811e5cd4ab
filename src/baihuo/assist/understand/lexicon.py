"""The words of ``lexicon.yaml``, read once, and how a message is looked up in them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from baihuo.assist.understand.near_words import NearWords
from baihuo.assist.understand.readable import is_han, words_of


@dataclass(frozen=True, slots=True, eq=False)
class Phrases:
    """Phrases of both languages. English ones are found by their words, Chinese ones by their characters."""

    english: Mapping[tuple[str, ...], float]
    chinese: Mapping[str, float]
    most_words: Mapping[str, int]  # first word → words of the longest phrase that begins with it
    most_characters: Mapping[str, int]  # first character, likewise

    @staticmethod
    def of(stored: Mapping[str, Iterable[str]], weight: float = 1.0) -> Phrases:
        """The phrases of ``{"en": […], "zh": […]}``."""
        english = {tuple(p.split()): weight for p in stored.get("en", ())}
        chinese = dict.fromkeys(stored.get("zh", ()), weight)
        return Phrases._made(english, chinese)

    @staticmethod
    def weighted(stored: Mapping[str, Mapping[float, Iterable[str]]]) -> Phrases:
        """The phrases of ``{"en": {1: […], 0.5: […]}, "zh": …}``."""
        english = {tuple(p.split()): float(w) for w, of in stored["en"].items() for p in of}
        chinese = {p: float(w) for w, of in stored["zh"].items() for p in of}
        return Phrases._made(english, chinese)

    @staticmethod
    def _made(english: dict[tuple[str, ...], float], chinese: dict[str, float]) -> Phrases:
        most_words: dict[str, int] = {}
        for phrase in english:
            most_words[phrase[0]] = max(len(phrase), most_words.get(phrase[0], 0))
        most_characters: dict[str, int] = {}
        for text in chinese:
            most_characters[text[0]] = max(len(text), most_characters.get(text[0], 0))
        return Phrases(english, chinese, most_words, most_characters)

    def found(self, words: Sequence[str]) -> dict[object, float]:
        """The phrases in the words of a message, each with its weight: the longest at each place, none in another."""
        found: dict[object, float] = {}
        at = 0
        while at < len(words):
            n = self._length_at(words, at)
            if n:
                phrase = tuple(words[at : at + n])
                found[phrase] = self.english[phrase]
            elif is_han(words[at]):
                found.update(self._in_chinese(words[at]))
            at += max(n, 1)
        return found

    def covers(self, words: Sequence[str], around: Phrases) -> tuple[bool, bool]:
        """Whether the words begin with one of the phrases, and whether they are made of these and ``around`` alone."""
        begins, is_first = False, True
        for at, n, word in self._parts(words, around):
            if n == 0:
                return begins, False
            own = (
                tuple(words[at : at + n]) in self.english if word is None else word in self.chinese
            )
            begins = begins or (own and is_first)
            is_first = is_first and not own
        return begins, True

    def _parts(
        self, words: Sequence[str], around: Phrases
    ) -> Iterable[tuple[int, int, str | None]]:
        """Place, length and (of Chinese) text of each phrase of either list; length 0 where there is none."""
        at = 0
        while at < len(words):
            word = words[at]
            if is_han(word):
                start = 0
                while start < len(word):
                    n = max(self._characters_at(word, start), around._characters_at(word, start))
                    yield at, n, word[start : start + n]
                    start += max(n, 1)
                at += 1
                continue
            n = max(self._length_at(words, at), around._length_at(words, at))
            yield at, n, None
            at += max(n, 1)

    def _length_at(self, words: Sequence[str], at: int) -> int:
        for n in range(min(self.most_words.get(words[at], 0), len(words) - at), 0, -1):
            if tuple(words[at : at + n]) in self.english:
                return n
        return 0

    def _characters_at(self, word: str, start: int) -> int:
        for n in range(min(self.most_characters.get(word[start], 0), len(word) - start), 0, -1):
            if word[start : start + n] in self.chinese:
                return n
        return 0

    def _in_chinese(self, word: str) -> dict[object, float]:
        found: dict[object, float] = {}
        if self.most_characters.keys().isdisjoint(word):
            return found  # most messages have no phrase of most tables
        start = 0
        while start < len(word):
            n = self._characters_at(word, start)
            if n:
                found[word[start : start + n]] = self.chinese[word[start : start + n]]
            start += max(n, 1)
        return found

    def english_words(self) -> set[str]:
        """All words of the English phrases."""
        return {word for phrase in self.english for word in phrase}


@dataclass(frozen=True, slots=True, eq=False)
class Lexicon:
    """The tables of ``lexicon.yaml``."""

    yes: Phrases
    no: Phrases
    around: Phrases
    no_first: tuple[str, ...]
    actions: Mapping[str, tuple[str, ...]]  # part of a tool's name → its words
    emoji_yes: tuple[str, ...]
    emoji_no: tuple[str, ...]
    anger: Phrases
    person: Phrases
    person_alone: Phrases
    person_verbs: frozenset[str]
    person_nouns: frozenset[str]
    person_between: int
    near: Phrases
    far: Phrases
    of_product: Phrases
    of_order: Phrases
    carries_on_begins: tuple[str, ...]  # the longest first
    carries_on_ends: tuple[str, ...]
    carries_on_around: frozenset[str]
    stands_alone: Phrases
    order_alone: Phrases
    order_around: Phrases
    spelling: NearWords  # of its own longer words
    agreeing: NearWords  # of those of a yes or no

    def spelt(self, words: Iterable[str]) -> list[str]:
        """The words with slips in longer words of the lexicon corrected."""
        return [w if is_han(w) else self.spelling.meant(w) or w for w in words]


@cache
def lexicon() -> Lexicon:
    """The tables, read once."""
    raw: dict[str, Any] = yaml.safe_load(
        Path(__file__).with_name("lexicon.yaml").read_text(encoding="utf-8")
    )
    refers, carries = raw["refers"], raw["carries_on"]
    yes, no = Phrases.of(raw["says_yes"]), Phrases.of(raw["says_no"])
    around = Phrases.of(raw["yes_or_no_around"])
    yes_no = yes.english_words() | no.english_words()
    anger, person = Phrases.weighted(raw["anger"]), Phrases.of(raw["person"])
    nouns, verbs = frozenset(raw["person_nouns"]["en"]), frozenset(raw["person_verbs"]["en"])
    known: Collection[str] = {
        *(yes_no | anger.english_words() | person.english_words() | nouns | verbs),
    }
    return Lexicon(
        yes=yes,
        no=no,
        around=around,
        no_first=(*raw["no_first"]["en"], *raw["no_first"]["zh"]),
        actions={part: tuple(of) for part, of in raw["actions"].items()},
        agreeing=NearWords(w for w in around.english_words() | yes_no if len(w) > 3),
        emoji_yes=tuple(raw["emoji_yes"]),
        emoji_no=tuple(raw["emoji_no"]),
        anger=anger,
        person=person,
        person_alone=Phrases.of(raw["person_alone"]),
        person_verbs=verbs,
        person_nouns=nouns,
        person_between=int(raw["person_between"]),
        near=Phrases.of(refers["near"]),
        far=Phrases.of(refers["far"]),
        of_product=Phrases.of(refers["product"]),
        of_order=Phrases.of(refers["order"]),
        carries_on_begins=tuple(sorted(carries["begins"], key=len, reverse=True)),
        carries_on_ends=tuple(carries["ends"]),
        carries_on_around=frozenset(carries["around"]),
        stands_alone=Phrases.of(raw["stands_alone"]),
        order_alone=Phrases.of(raw["order_alone"]),
        order_around=Phrases.of(raw["order_around"]),
        spelling=NearWords(w for w in known if len(w) > 4),
    )


def message_words(plain: str) -> list[str]:
    """The words of a readable text, with apostrophes and slips of the lexicon's own words read."""
    return lexicon().spelt(words_of(plain))
