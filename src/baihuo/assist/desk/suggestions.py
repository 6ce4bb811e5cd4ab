"""Answers that are suggested to the desk, each with its source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from baihuo.assist.turns import (
    Author,
    Conversation,
    Passage,
    PassageKind,
    Turn,
    Understanding,
)
from baihuo.assist.understand.lexicon import message_words
from baihuo.assist.understand.mood import only_wants_person
from baihuo.assist.understand.readable import readable

_MAX_TEXT = 1_000  # characters of a suggestion


class Understands(Protocol):
    """Says what a message means."""

    def understand(self, turn: Turn) -> Understanding: ...


class Finds(Protocol):
    """Finds what an answer may rest on, best first."""

    def find(self, turn: Turn, understanding: Understanding) -> tuple[Passage, ...]: ...


@dataclass(frozen=True, slots=True)
class Suggester:
    """What a turn of the machine begins with."""

    retriever: Finds
    understander: Understands | None = None

    def find(self, turn: Turn) -> tuple[Passage, ...]:
        """What answers a message, best first."""
        understanding = Understanding(language=turn.conversation.language or "en", query=turn.text)
        if self.understander is not None:
            understanding = self.understander.understand(turn)
        return self.retriever.find(turn, understanding)


@dataclass(frozen=True, slots=True)
class SuggestedAnswer:
    """A text that could be sent, and where it comes from."""

    source_id: str
    kind: PassageKind
    text: str
    as_of_us: int
    question: str = ""  # that it answers
    p_right: float | None = None


def suggested_answers(
    conversation: Conversation,
    question_id: str,
    question: str,
    suggester: Suggester,
    *,
    now_us: int,
    most: int,
) -> list[SuggestedAnswer]:
    """The best answers to a message, no text twice. A person reads them before they are sent, so unsure ones are shown, too."""
    turn = Turn(conversation=conversation, message_id=question_id, text=question, now_us=now_us)
    found: dict[str, SuggestedAnswer] = {}
    for passage in suggester.find(turn):
        text = passage.text.strip()[:_MAX_TEXT]
        if text and text not in found:
            found[text] = SuggestedAnswer(
                passage.source_id,
                passage.kind,
                text,
                passage.as_of_us,
                passage.question,
                passage.p_right,
            )
        if len(found) == most:
            break
    return list(found.values())


def open_question(conversation: Conversation, *, without: str = "") -> tuple[str, str]:
    """The id of the shopper's last message, and the last two that they wrote since a person answered. Empty where there are none.

    A message that only asks for a person is no part of the question, unless nothing else was written: the pair that is judged would be learned
    with it.

    Args:
        without: A message of the desk that does not count: the answer itself, when it is sent again.
    """
    asked: list[str] = []
    question_id = called = ""
    for message in reversed(conversation.messages):
        if message.author is Author.DESK and message.message_id != without:
            break
        if message.author is Author.SHOPPER:
            question_id = question_id or message.message_id
            if only_wants_person(message_words(readable(message.text))):
                called = called or message.text
                continue
            asked.append(message.text)
            if len(asked) == 2:
                break
    return question_id, "\n".join(reversed(asked)) or called
