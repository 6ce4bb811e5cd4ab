"""What is searched for: a message without what is not words, spelling corrected, and the product that "it" refers to."""

from __future__ import annotations

import re
from collections.abc import Sequence

from baihuo.assist.understand.lexicon import lexicon
from baihuo.assist.understand.near_words import NearWords
from baihuo.assist.understand.readable import is_han, readable

_SPACE = re.compile(r"\s+")
_LETTERS = re.compile(r"[a-z]{4,24}")
_MOST_CHARACTERS = 400
_LEAST_SEEN = 5  # a rarer word may itself be misspelt
_SHORT, _LEAST_SEEN_SHORT = 4, 20  # a word of four letters has many neighbours


def query_of(text: str, words: Sequence[str], *, known: NearWords | None, title: str | None) -> str:
    """The text to search for, readable, at most 400 characters.

    Args:
        text: as typed.
        words: as ``message_words`` returns them.
        known: words of the shop's own messages: a word one letter from a common one of them, and not among them, is that one.
        title: of the product that is spoken of without a name; it is set before the message where the message refers to it.
    """
    plain = _SPACE.sub(" ", readable(text)).strip()[:_MOST_CHARACTERS]
    if known is not None:
        plain = _LETTERS.sub(lambda m: _corrected(m.group(), known), plain)
    if title is None or not any(
        phrases.found(words) for phrases in (lexicon().near, lexicon().far, lexicon().of_product)
    ):
        return plain
    return f"{title} {plain}"


def _corrected(word: str, known: NearWords) -> str:
    seen = known.counts.get(word, 0)
    if is_han(word) or seen >= _LEAST_SEEN:
        return word
    meant = known.other(word)  # messages that were learned from have slips, too
    least = _LEAST_SEEN if len(word) > _SHORT else _LEAST_SEEN_SHORT
    return meant if meant is not None and known.counts[meant] >= least * max(seen, 1) else word
