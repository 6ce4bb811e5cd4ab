"""Whether a reply still says what it stands for: each fact, each restriction, and most of the rest. What is left out may be a lie, too."""

from __future__ import annotations

import re
from collections.abc import Sequence

from baihuo.assist.check.evidence import Evidence
from baihuo.assist.check.facts import holds
from baihuo.assist.check.near import near_of
from baihuo.assist.check.reading import Read, read
from baihuo.assist.check.words import Word

_OF_ALL = 0.72  # share of the words of our sentences: 99 of 100 honest replies of the exams to choose on have 0.75 or more
_OF_A_RESTRICTION = 0.34
_MOST = re.compile(
    r"\b(?:most|majority|mostly|almost all|nearly all|usually|normally|generally)\b|大部分|大多数|大多|多数|绝大|一般|通常"
)
_FEW = 3  # words: of fewer, a share says little


def is_whole(said: Sequence[str], ours: Sequence[str]) -> bool:
    """Whether ``said`` leaves nothing out that matters of ``ours``.

    A reply that answers nothing has no lie in it ("Your question is: …"), and helps nobody.
    """
    spoken = Evidence.of((), more=said)
    texts = [read(text) for text in ours]
    if any(_MOST.search(text.text) for text in texts) and not _MOST.search(spoken.text):
        return False  # "goods can be returned" for "most goods"
    return all(_has_facts(spoken, text) for text in texts) and _has_words(spoken, texts)


def _has_facts(spoken: Evidence, ours: Read) -> bool:
    return (
        ours.contacts <= spoken.contacts
        and all(code in spoken.text for code in ours.codes)
        and all(any(holds(f, fact) for f in spoken.facts) for fact in ours.facts)
    )


def _has_words(spoken: Evidence, texts: Sequence[Read]) -> bool:
    every: list[bool] = []
    for text in texts:
        wide = near_of(text.words)
        kept = [
            (word, bool(names & spoken.near) or word.text in spoken.text)
            for word, names in zip(text.words, wide, strict=True)
            if _says_something(word) and not text.is_in_fact(word.start)
        ]
        every += [is_kept for _, is_kept in kept]
        for clause in text.clauses:
            inside = [k for word, k in kept if clause.start <= word.start < clause.end]
            if clause.is_negative and inside and sum(inside) < _OF_A_RESTRICTION * len(inside):
                return False
    return len(every) < _FEW or sum(every) >= _OF_ALL * len(every)


def _says_something(word: Word) -> bool:
    return not word.is_glue and not word.is_negation
