"""Reads pinyin (shouji: 手机), and Chinese characters typed for others that sound alike (面模: 面膜).

Read are only words that no product has, that name no goods and no maker, and that stand apart from digits, as parts of model numbers do
not. An English word, as far as the English encoder's vocabulary says, is read only with others as one name (*shou ji*).
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Callable, Collection, Sequence
from itertools import pairwise

from rapidfuzz.distance import DamerauLevenshtein
from rapidfuzz.process import extract

from baihuo.index.goods import general_goods
from baihuo.index.known_phrases import find_phrases, folded
from baihuo.index.known_terms import n_rows
from baihuo.index.pinyin import Sounds, Word
from baihuo.index.snapshot import Snapshot
from baihuo.index.words import bigrams, latin_stems, plain_han_word_ends, stem

_LATIN = re.compile(r"(?<![a-z0-9._&+'’-])[a-z]+(?:[ '’]+[a-z]+)*(?![a-z0-9_&+-]|\.[a-z0-9])")
_TOKEN = re.compile(r"[a-z]+")
_HAN_RUN = re.compile(r"[\u4e00-\u9fff]{2,}")
_LONGEST_SOUND = 40  # letters of one word
_LONGEST_TYPED = 60  # letters of a run; more is no name
_MOST_BESIDE = 4  # Chinese characters beside pinyin that may be of one word with it
_LONGEST_ALIKE = 6  # characters of a word typed with others that sound alike
_SHORTEST_MISSPELT = 6  # letters of pinyin with a wrong one
_SHORTEST_ONE_OFF = 3  # characters of a name that is typed with a wrong one
_LEAST_PRODUCTS, _LEAST_SHARE = (
    3,
    0.002,
)  # that have a word which is no kind, to be meant by characters that sound alike
_MANY, _ONE = 1.0, 2.2  # cost of a word of several characters, and of one
_MOST_INITIALS = 6

IsWord = Callable[[str], bool]


class SoundReader:
    """Reads one query text by its sound."""

    def __init__(
        self,
        sounds: Sounds,
        snapshot: Snapshot,
        known: Collection[str],
        is_english: IsWord,
        is_misspelt: IsWord = lambda word: False,
    ) -> None:
        self._sounds, self._snapshot = sounds, snapshot
        self._known, self._is_english, self._is_misspelt = known, is_english, is_misspelt
        self._notes: list[str] = []

    def read(self, text: str) -> tuple[str, tuple[str, ...]]:
        """The text as the catalogue writes it, and a note ``corrected:typed:read`` for each change. Without changes the text
        is as typed."""
        if not self._sounds.words:
            return text, ()
        simple = folded(text)
        read = self._initials(simple) or self._with_pinyin(simple)
        read = _HAN_RUN.sub(lambda run: self._as_catalogue_writes(run.group()), read)
        return (read, tuple(self._notes)) if self._notes else (text, ())

    def _changed(self, typed: str, used: str) -> str:
        self._notes.append(f"corrected:{typed}:{used}")
        return used

    # Pinyin

    def _is_free(self, token: str, names: Collection[str]) -> bool:
        """Whether a Latin word means nothing here yet."""
        key = latin_stems(token)[0]
        return (
            key not in self._known and key not in names and not n_rows(self._snapshot, stem(token))
        )

    def _initials(self, text: str) -> str | None:
        """The only kind with some initials, where they are all that was typed."""
        token = text.strip()
        if not _TOKEN.fullmatch(token) or not 2 <= len(token) <= _MOST_INITIALS:
            return None
        of = self._sounds.kinds.get(token, ())
        if len(of) != 1 or token in self._sounds.words or self._is_english(token):
            return None
        is_free = self._is_free(token, general_goods().brands)
        return self._changed(token, of[0].text) if is_free else None

    def _with_pinyin(self, text: str) -> str:
        in_brands = {
            w for f in find_phrases(text, general_goods().brands) for w in f.key.split(" ")
        }
        read, at = "", 0
        for run in _LATIN.finditer(text):
            if len(run.group()) > _LONGEST_TYPED:
                continue
            tokens = [(run.start() + m.start(), m.group()) for m in _TOKEN.finditer(run.group())]
            while tokens:
                n, used, start, end = self._first(text, tokens, in_brands)
                if used:
                    read += text[at:start] + self._changed(text[start:end], used)
                    at = end
                tokens = tokens[n:]
        return read + text[at:]

    def _first(
        self, text: str, tokens: Sequence[tuple[int, str]], in_brands: Collection[str]
    ) -> tuple[int, str, int, int]:
        """How many of the tokens are read at their start, as what, and from where to where in the text; one and nothing
        if they are no pinyin."""
        n_free = 0
        while n_free < len(tokens) and self._is_free(tokens[n_free][1], in_brands):
            n_free += 1
        for n in range(n_free, 0, -1):
            start, last = tokens[0][0], tokens[n - 1]
            end = last[0] + len(last[1])
            if beside := self._with_characters_beside(text, start, end):
                return n, *beside
            typed = [token for _, token in tokens[:n]]
            if used := self._spelled(typed) or (self._misspelt(typed[0]) if n == 1 else ""):
                return n, used, start, end
        return 1, "", 0, 0

    def _with_characters_beside(
        self, text: str, start: int, end: int
    ) -> tuple[str, int, int] | None:
        """One word of which a part is written in characters: 手机ke."""
        before = after = 0
        while before < _MOST_BESIDE and start > before and _is_han(text[start - before - 1]):
            before += 1
        while after < _MOST_BESIDE and end + after < len(text) and _is_han(text[end + after]):
            after += 1
        sizes = [(b, a) for b in range(before + 1) for a in range(after + 1) if b + a]
        letters = "".join(_TOKEN.findall(text[start:end]))
        for b, a in sorted(sizes, key=lambda size: -sum(size)):
            first, last = text[start - b : start], text[end : end + a]
            for left in self._sounds.of(first):
                for right in self._sounds.of(last):
                    for word in self._sounds.words.get(left + letters + right, ()):
                        if word.text.startswith(first) and word.text.endswith(last):
                            return word.text, start - b, end + a
        return None

    def _spelled(self, tokens: Sequence[str]) -> str:
        """The words whose sounds make up the tokens; empty if there are none."""
        letters = "".join(tokens)
        starts = {sum(map(len, tokens[:i])) for i in range(1, len(tokens))}
        best: dict[int, tuple[float, float, tuple[tuple[int, Word], ...]]] = {0: (0.0, 0.0, ())}
        for end in range(1, len(letters) + 1):
            for start in range(max(0, end - _LONGEST_SOUND), end):
                if start not in best:
                    continue
                for word in self._sounds.words.get(letters[start:end], ())[:1]:
                    cost, less, words = best[start]
                    cost += _MANY if len(word.text) > 1 else _ONE
                    less -= math.log1p(word.n_products)
                    one = (cost, less, (*words, (start, word)))
                    if end not in best or one[:2] < best[end][:2]:
                        best[end] = one
        if len(letters) not in best:
            return ""
        found = best[len(letters)][2]
        if not self._is_sure([w for _, w in found], tokens):
            return ""
        return "".join(f" {w.text}" if at in starts else w.text for at, w in found)

    def _misspelt(self, token: str) -> str:
        """The only kind whose pinyin is one letter, or two that changed places, away: shuoji is 手机. Not for words of English, nor
        for what is as near to a Latin word of titles."""
        if len(token) < _SHORTEST_MISSPELT or self._is_english(token) or self._is_misspelt(token):
            return ""
        near = extract(
            token,
            self._sounds.kind_sounds.keys(),
            scorer=DamerauLevenshtein.distance,
            score_cutoff=1,
            limit=None,
        )
        names = {self._sounds.kind_sounds[sound] for sound, *_ in near if sound[0] == token[0]}
        return names.pop() if len(names) == 1 else ""

    def _is_sure(self, words: Sequence[Word], tokens: Sequence[str]) -> bool:
        if len(tokens) == 1 and self._is_english(tokens[0]):
            return False
        n_of_one = sum(len(w.text) == 1 for w in words)
        if len(words) == 1 and n_of_one:
            return words[0].is_kind
        return 2 * n_of_one <= len(words)

    # Characters that sound alike

    def _as_catalogue_writes(self, run: str) -> str:
        """A run of characters with each word that no product has as the word that sounds like it."""
        if all(n_rows(self._snapshot, pair) for pair in bigrams(run)):
            return run
        ends = [0, *plain_han_word_ends(run)]
        at, out = 0, ""
        while at < len(ends) - 1:
            # One word of the language stays, and what is longer than any word sounds like none:
            # in a run of 500 characters a word from each to each would be 125,000.
            longest = bisect_right(ends, ends[at] + _LONGEST_ALIKE) - 1
            for stop in range(longest, at + 1, -1):
                typed = run[ends[at] : ends[stop]]
                if used := self._alike(typed) or self._one_off(typed):
                    out, at = out + self._changed(typed, used), stop
                    break
            else:
                out, at = out + run[ends[at] : ends[at + 1]], at + 1
        return out

    def _alike(self, typed: str) -> str:
        """The word of the catalogue that sounds like characters which no product has side by side; empty if there is none.

        The two share a character. The word names a kind, or is one of the language that many products have.
        """
        if not 2 <= len(typed) <= _LONGEST_ALIKE or typed in self._known:
            return ""
        if all(n_rows(self._snapshot, pair) for pair in bigrams(typed)):
            return ""
        words = [w for sound in self._sounds.of(typed) for w in self._sounds.words.get(sound, ())]
        is_known = any(w.text == typed for w in words)
        if is_known or any(typed[at:] in self._known for at in range(1, len(typed) - 1)):
            return ""  # 氏纸巾 ends in a thing: the makers of 卡氏 do not mean 湿纸巾
        least = max(_LEAST_PRODUCTS, _LEAST_SHARE * len(self._snapshot.row_of))
        for word in words:
            if len(word.text) != len(typed) or not any(
                a == b for a, b in zip(word.text, typed, strict=True)
            ):
                continue
            is_usual = word.n_products >= least and len(plain_han_word_ends(word.text)) == 1
            if word.is_kind or is_usual:
                return word.text
        return ""

    def _one_off(self, typed: str) -> str:
        """The only kind of which a name has one other character: 牛子裤 is 牛仔裤. The last character, the thing itself, is the
        same, and the other one is in no word of the dictionary with its neighbours: 长筒裤 is what it says."""
        if not _SHORTEST_ONE_OFF <= len(typed) <= _LONGEST_ALIKE or typed in self._known:
            return ""
        starts = [0, *plain_han_word_ends(typed)]
        alone = {a for a, b in pairwise(starts) if b - a == 1}
        found = set()
        for name in self._sounds.names.get((len(typed), typed[-1]), ()):
            others = [at for at, (a, b) in enumerate(zip(name, typed, strict=True)) if a != b]
            if len(others) == 1 and others[0] in alone:
                found.add(name)
        pairs = bigrams(typed)
        if len(found) != 1 or all(n_rows(self._snapshot, pair) for pair in pairs):
            return ""
        return found.pop()


def _is_han(character: str) -> bool:
    return "\u4e00" <= character <= "\u9fff"
