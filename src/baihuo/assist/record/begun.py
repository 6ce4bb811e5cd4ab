"""What is there when a message has come in."""

from __future__ import annotations

from dataclasses import dataclass

from baihuo.assist.turns import Conversation, Reply


@dataclass(frozen=True, slots=True)
class Begun:
    """A message that was written down, and waits for its reply; or one that was answered before."""

    conversation: Conversation  # with its last messages, without this one
    reply: Reply | None = None  # of the same message, sent before
    is_claimed: bool = True  # False: another turn of this conversation is being made now
