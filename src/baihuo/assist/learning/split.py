"""Which examples are held out: the same in every training, so that no bundle has seen what it is measured on."""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

from baihuo.assist.knowledge.entries import entry_key
from baihuo.assist.learning.examples import (
    AnsweredQuestion,
    LabelledUtterance,
    ServiceExamples,
)
from baihuo.core import fold

_PARTS = 10  # one in ten chooses, one in ten reports


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """Examples that nothing is fitted on."""

    utterances: tuple[LabelledUtterance, ...]
    questions: tuple[AnsweredQuestion, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitExamples:
    """Examples in three: fitted on, thresholds chosen on, figures reported on."""

    fitted: ServiceExamples
    choosing: HeldOut
    reporting: HeldOut


def split(examples: ServiceExamples) -> SplitExamples:
    """By what a message says, so that the same words are never on two sides; pairs by their conversation, too."""
    utterances, questions = examples.utterances, examples.questions
    # Others may have asked a held-out question in the very same words: that is how a shop is, and it stays.
    held: list[HeldOut] = []
    for part in (0, 1):
        held.append(
            HeldOut(
                utterances=tuple(u for u in utterances if _part(_key(u.text)) == part),
                questions=tuple(q for q in questions if _part(_name(q.conversation)) == part),
            )
        )
    fitted = ServiceExamples(
        utterances=tuple(u for u in utterances if _part(_key(u.text)) > 1),
        questions=tuple(q for q in questions if not is_held_out(q.conversation)),
        counts=examples.counts,
    )
    return SplitExamples(fitted=fitted, choosing=held[0], reporting=held[1])


def is_held_out(conversation: str) -> bool:
    """Whether pairs of this conversation are held out. The file that it came in does not matter."""
    return _part(_name(conversation)) <= 1


def reports_on(conversation: str) -> bool:
    """Whether a conversation, by the id that it was imported with, is among those that figures are reported on."""
    return _part(entry_key(conversation)) == 1  # pairs keep the id as this hash


def _name(conversation: str) -> str:
    return conversation.rpartition("/")[2]


def _part(key: str) -> int:
    return crc32(key.encode()) % _PARTS


def _key(text: str) -> str:
    return " ".join(fold(text).split())
