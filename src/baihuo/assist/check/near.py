"""Wider synonyms, for the rule of unknown words alone: a word is not unheard of if a source has one that is near to it."""

from __future__ import annotations

import re
from functools import cache

from baihuo.assist.check.vocabulary import joining, near, stem
from baihuo.assist.check.words import Word, is_verb, joins

_OF_A_PURCHASE = "退换发收付送赔买卖寄取"  # 退款 and 退货 are not the same
_LONGEST = 5  # words of an English phrase


def near_of(words: tuple[Word, ...]) -> list[frozenset[str]]:
    """Of each word what it may stand for, also as a part of a phrase."""
    found: list[set[str]] = [set(w.meanings) for w in words]
    known, stems = near("en"), [stem(w.text) if w.text.isascii() else "" for w in words]
    for at in range(len(words)):
        for length in range(1, min(_LONGEST, len(words) - at) + 1):
            inside = stems[at : at + length]
            names = known.get(" ".join(inside)) if all(inside) else None
            for place in range(at, at + length if names else at):
                found[place] |= names or set()
    for at, word in enumerate(words):
        if not word.text.isascii():
            found[at] |= _near_chinese(word.text)
    return [frozenset(names) for names in found]


def near_in(text: str) -> frozenset[str]:
    """What the Chinese phrases of a text may stand for, however jieba cuts them."""
    return frozenset(n for m in _phrases_zh().finditer(text) for n in near("zh")[m.group()])


def only_joins(word: Word) -> bool:
    """Whether a word joins, places or softens what is said: 然后, "afterwards"."""
    if word.text.isascii():
        return word.text in joining("en") or stem(word.text) in joining("en")
    return word.text in joining("zh") or joins(word.text) or _is_joined(word.text)


def says_more_of(word: str, alone: frozenset[str]) -> bool:
    """A Chinese verb of two characters, one of which is a verb of a source by itself: 点击 of 点, 询问 of 问.

    Args:
        alone: words of one character, or one that is doubled, of the sources.
    """
    if word.isascii() or len(word) != 2 or near("zh").get(word) or not is_verb(word):
        return False
    if any(c in _OF_A_PURCHASE for c in word):
        return False
    return any(c in a for a in alone for c in word if is_verb(c))


def _near_chinese(word: str) -> frozenset[str]:
    """jieba takes 里点 for one word: it may stand for what 点 does."""
    known, plain = near("zh"), joining("zh")
    if len(word) == 2 and word[1] in "子儿们类":
        return known.get(word, frozenset()) | {word[0]}  # 鞋子 is 鞋
    if word in known or word in plain:
        return known.get(word, frozenset())
    for cut in range(1, len(word)):
        head, tail = word[:cut], word[cut:]
        for part, other in ((tail, head), (head, tail)):
            if other in plain and part in known:
                return known[part] | {part}
    return frozenset()


def _is_joined(word: str) -> bool:
    plain = joining("zh")
    return any(word[:cut] in plain and word[cut:] in plain for cut in range(1, len(word)))


@cache
def _phrases_zh() -> re.Pattern[str]:
    words = sorted((w for w in near("zh") if len(w) > 1), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, words)))
