"""The parts of a long message: who tells a story around a question still asks the question."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Final

from baihuo.assist.understand.readable import words_of

_PART: Final = re.compile(
    r"[.!?。！？；;\n]+\s*|[,，]\s*|\s-+\s|\s(?:and|but|so|because)\s", re.IGNORECASE
)
_LEAST_WORDS, _LEAST_CHARACTERS = 3, 4  # of a part: "hi there" is no question
_MOST = 6
_LESS: Final = 0.25  # nats; the best of several parts is above chance already (docs/decisions/0035)
_MOST_ODDS: Final = 20.0


def parts_of(plain: str) -> tuple[str, ...]:
    """The sentences and clauses of a readable text that say something, at most six; empty where there is one alone.

    >>> parts_of("hi there!! looking for a present for my mum, do you even ship to the uk")
    ('looking for a present for my mum', 'do you even ship to the uk')
    """
    found = [
        part
        for part in map(str.strip, _PART.split(plain))
        if len(part) >= _LEAST_CHARACTERS
        and (not part.isascii() or len(words_of(part)) >= _LEAST_WORDS)
    ]
    return tuple(found[:_MOST]) if len(found) > 1 else ()


def with_parts(p_whole: float, plain: str, p_of: Callable[[str], float]) -> float:
    """P(our business) of a message from that of the whole and of its best part: half-way between their log-odds.

    Words of a story thin the words of the question out, and the longer it is the lower is the probability of the whole.
    """
    parts = parts_of(plain)
    if not parts:
        return p_whole
    odds = (_odds(p_whole) + max(_odds(p_of(part)) for part in parts)) / 2 - _LESS
    return 1 / (1 + math.exp(-odds))


def _odds(p: float) -> float:
    if p <= 0 or p >= 1:
        return _MOST_ODDS if p >= 1 else -_MOST_ODDS
    return max(-_MOST_ODDS, min(_MOST_ODDS, math.log(p / (1 - p))))
