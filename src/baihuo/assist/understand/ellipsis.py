"""A message that goes on with the question before it: "and to Singapore?", 那新加坡呢. It is read as that question, with what is new in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from baihuo.assist.turns import Author, Message, Turn
from baihuo.assist.understand.lexicon import lexicon
from baihuo.assist.understand.readable import is_han, readable, words_of

_MOST_WORDS, _MOST_HAN = 5, 8  # of what is new
_MOST_BEFORE = 200  # characters of the question before: more is a story
_MARKS = re.compile(r"(?<![?？!！。.,，;；\s])[?？!！。.,，;；\s]++$")
_PLACED = re.compile(r"^(to|in|into|from|with|by|on|for|at|of)\s+")


@dataclass(frozen=True, slots=True)
class CarriedOn:
    """A question that a message goes on with.

    ``text`` is that question with what is new in it; ``new`` the words that are new.
    """

    text: str
    new: tuple[str, ...]

    def is_named_in(self, text: str) -> bool:
        """Whether a text has one of the new words."""
        plain = readable(text)
        words = set(words_of(plain))
        return any(word in plain if is_han(word) else word in words for word in self.new)


def carried_on(turn: Turn) -> CarriedOn | None:
    """The question that a message goes on with; None where it stands alone, or nothing was asked before.

    It goes on where it begins with "and", "what about", 那 or the like, or ends with 呢, says little more, and has no verb or question
    word of its own.
    """
    new = _new_part(turn.text)
    if not new:
        return None
    before = _question_before(turn.conversation.messages, turn.message_id)
    if not before:
        return None
    around = lexicon().carries_on_around
    words = tuple(w for w in words_of(new) if w not in around)
    return CarriedOn(_put_in(before, new), words) if words else None


def _new_part(text: str) -> str:
    """What a message that goes on adds; empty where it stands alone."""
    known, plain = lexicon(), _MARKS.sub("", readable(text).strip())
    begins = next((b for b in known.carries_on_begins if _begins(plain, b)), "")
    ends = next((e for e in known.carries_on_ends if plain.endswith(e)), "")
    if not (begins or ends):
        return ""
    new = _MARKS.sub("", plain[len(begins) : len(plain) - len(ends)].strip(" ,，"))
    words = words_of(new)
    n_han = sum(len(w) for w in words if is_han(w))
    if not words or n_han > _MOST_HAN or sum(not is_han(w) for w in words) > _MOST_WORDS:
        return ""
    return "" if known.stands_alone.found(words) else new


def _begins(plain: str, start: str) -> bool:
    return plain.startswith(start) and (is_han(start) or plain[len(start) :][:1] in (" ", ","))


def _question_before(messages: Sequence[Message], message_id: str) -> str:
    """The last message of the shopper that stands alone."""
    for message in reversed(messages):
        if message.author is not Author.SHOPPER or message.message_id == message_id:
            continue
        if not _new_part(message.text):
            return _MARKS.sub("", readable(message.text).strip())[:_MOST_BEFORE]
    return ""


def _put_in(before: str, new: str) -> str:
    """The question before with what is new: in place of what stood behind the same preposition, else behind it.

    >>> _put_in("do you ship to germany", "to singapore"), _put_in("how much is shipping", "to singapore")
    ('do you ship to singapore', 'how much is shipping to singapore')
    >>> _put_in("发德国多久", "新加坡")
    '发德国多久 新加坡'
    """
    placed = _PLACED.match(new)
    if placed is not None:
        at = before.rfind(f" {placed[1]} ")
        if at >= 0:
            return f"{before[:at]} {new}"
    return f"{before} {new}"
