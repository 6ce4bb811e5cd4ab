"""How sure an answer is where nothing was learned: by the words that the question and the known question share."""

from __future__ import annotations

import re

from baihuo.assist.turns import Passage
from baihuo.core import fold

_PART = re.compile(r"[a-z0-9]+|[\u3400-\u9fff]+")
_EMPTY = frozenset(
    "a an the is are was were do does did can could may i you we it my your our to of in on at for with and or what how when "
    "where which please me there this that be have has will would if am 请问 吗 呢 的 了 吧 啊".split()
)


def p_right_of(text: str, passage: Passage) -> float:
    """P(right) of a passage for a message: calibrated where it was learned, else the share of words in common, from 0 to 1.

    The share is F1 of the content words (pairs of characters in Chinese) of the message and of the passage's question. It is
    no probability; the threshold for it is one of its own (:class:`Thresholds`).
    """
    if passage.p_right is not None:
        return passage.p_right
    return words_in_common(text, passage.question or passage.text)


def words_in_common(text: str, other: str) -> float:
    """F1 of the content words of two texts, from 0 to 1.

    >>> words_in_common("How long is delivery?", "how long is the delivery to Berlin")
    0.8
    """
    ours, theirs = _words(text), _words(other)
    if not ours or not theirs:
        return 0.0
    return 2 * len(ours & theirs) / (len(ours) + len(theirs))


def _words(text: str) -> frozenset[str]:
    found: set[str] = set()
    for part in _PART.findall(fold(text)):
        if part.isascii():
            found.add(part[:-1] if len(part) > 3 and part.endswith("s") else part)
        else:
            found |= {part[i : i + 2] for i in range(max(1, len(part) - 1))}
    return frozenset(found - _EMPTY)
