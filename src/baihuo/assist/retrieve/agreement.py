"""Evidence that a known question asks for the same as the message: both are read by the shop's own intents.

Words with slips, or other words for the same, leave a question far from the one that is known; their intents are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final, TypeAlias

from baihuo.assist.turns import Passage, Understanding

IntentOf: TypeAlias = Callable[[str], tuple[str, float]]
"""The likeliest intent of a text, and its probability."""

_SURE_OF_MESSAGE, _SURE_OF_QUESTION = 0.8, 0.6  # probabilities of an intent
_DOUBT_LEFT: Final = 0.45  # of 1 - P(right), where both have one intent; chosen, not learned
_TRUST_LEFT: Final = 0.7  # of P(right), where they surely have two
_REMEMBERED = 20_000  # known questions


def remembered(intent_of: IntentOf) -> IntentOf:
    """The same for known questions, each of which is read once."""
    return lru_cache(maxsize=_REMEMBERED)(intent_of)


def agreed(
    passages: Sequence[Passage], understanding: Understanding, intent_of: IntentOf | None
) -> list[Passage]:
    """The passages with P(right) after this evidence, the surest first. As they were where no intent is sure."""
    if intent_of is None or understanding.p_intent < _SURE_OF_MESSAGE or not understanding.intents:
        return list(passages)
    weighed = [_weighed(passage, understanding.intent, intent_of) for passage in passages]
    return sorted(weighed, key=lambda p: -(p.p_right or 0.0))


def _weighed(passage: Passage, intent: str, intent_of: IntentOf) -> Passage:
    if passage.p_right is None or not passage.question or passage.wish:
        return passage
    of_question, p = intent_of(passage.question)
    if p < _SURE_OF_QUESTION:
        return passage
    if of_question == intent:
        return replace(passage, p_right=1.0 - (1.0 - passage.p_right) * _DOUBT_LEFT)
    return replace(passage, p_right=passage.p_right * _TRUST_LEFT)
