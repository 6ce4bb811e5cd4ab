"""Anger, and asking for a person, by the words of ``lexicon.yaml``."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from baihuo.assist.understand.lexicon import lexicon
from baihuo.assist.understand.readable import is_han

_ANGRY = 1.0  # sum of weights
_SHOUTED = 0.5  # "!!!", or a message in capitals
_LEAST_CAPITALS = 12
_MOST_OTHER_WORDS, _MOST_OTHER_HAN = 1, 4  # beside asking for a person


def is_angry(text: str, words: Sequence[str]) -> bool:
    """Whether swearing, threats or several signs of displeasure are in a message.

    Args:
        text: as typed: capitals and exclamation marks are signs.
        words: as ``message_words`` returns them.
    """
    weight = sum(lexicon().anger.found(words).values())
    if "!!!" in text or "！！！" in text or _is_shouted(text):
        weight += _SHOUTED
    return weight >= _ANGRY


def wants_person(words: Sequence[str]) -> bool:
    """Whether a message asks for a person instead of a machine.

    >>> from baihuo.assist.understand.lexicon import message_words
    >>> [wants_person(message_words(t)) for t in ("let me talk to a real person", "转人工", "who is this for")]
    [True, True, False]
    """
    known = lexicon()
    if known.person.found(words):
        return True
    begins, only = known.person_alone.covers(words, known.around)
    if begins and only:
        return True
    last_verb = -known.person_between - 2
    for at, word in enumerate(words):
        if word in known.person_nouns and at - last_verb <= known.person_between + 1:
            return True
        if word in known.person_verbs:
            last_verb = at
    return False


def only_wants_person(words: Sequence[str]) -> bool:
    """Whether that is all that a message asks for, so that it says nothing of what it is about.

    >>> from baihuo.assist.understand.lexicon import message_words
    >>> [only_wants_person(message_words(t)) for t in ("i want to talk to a person please", "我要找人工客服", "a person please, the kettle is broken")]
    [True, True, False]
    """
    if not wants_person(words):
        return False
    known = lexicon()
    phrases = set(known.person.found(words))
    in_phrases = {w for phrase in phrases if isinstance(phrase, tuple) for w in phrase}
    silent = known.around.english_words() | known.person_verbs | known.person_nouns | in_phrases
    others = [w for w in words if not is_han(w) and w not in silent]
    asking = {*known.person.chinese, *known.person_alone.chinese}
    n_han = sum(_n_uncovered(w, asking) for w in words if is_han(w))
    return len(others) <= _MOST_OTHER_WORDS and n_han <= _MOST_OTHER_HAN


def _n_uncovered(word: str, phrases: Collection[str]) -> int:
    """Characters of a Chinese piece that are in none of the phrases, which may overlap (找人 and 人工客服)."""
    covered: set[int] = set()
    for phrase in phrases:
        at = word.find(phrase)
        while at >= 0:
            covered.update(range(at, at + len(phrase)))
            at = word.find(phrase, at + 1)
    return len(word) - len(covered)


def _is_shouted(text: str) -> bool:
    capitals = sum("A" <= c <= "Z" for c in text)
    return capitals >= _LEAST_CAPITALS and not any("a" <= c <= "z" for c in text)
