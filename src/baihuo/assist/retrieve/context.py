"""What was said before an answer, in the parts that a re-ranker looks at on their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MOST_CHARACTERS = 240  # of one part: an encoder reads no more


@dataclass(frozen=True, slots=True)
class Context:
    """The last messages of a conversation, the one to answer last.

    Args:
        last: the shopper's last message.
        asked: all that the shopper wrote since the shop wrote: ends with ``last``.
        replied: what the shop wrote just before; empty at the start.
        earlier: everything before that, oldest first.
    """

    last: str
    asked: str
    replied: str = ""
    earlier: str = ""

    @property
    def text(self) -> str:
        """All of it, oldest first."""
        return " ".join(filter(None, (self.earlier, self.replied, self.asked)))


def context_of(utterances: Sequence[tuple[str, bool]]) -> Context:
    """The context of a conversation.

    Args:
        utterances: text and whether the shop wrote it, oldest first; the last is the shopper's.

    >>> context_of([("在吗", False), ("您好", True), ("什么时候发货", False), ("急", False)])
    Context(last='急', asked='什么时候发货 急', replied='您好', earlier='在吗')
    """
    if not utterances:
        return Context("", "")
    at = len(utterances) - 1
    while at and not utterances[at - 1][1]:
        at -= 1
    start = at
    while start and utterances[start - 1][1]:
        start -= 1
    part = [text for text, _ in utterances]
    return Context(
        part[-1][:MOST_CHARACTERS],
        " ".join(part[at:])[-MOST_CHARACTERS:],
        " ".join(part[start:at])[-MOST_CHARACTERS:],
        " ".join(part[:start])[-2 * MOST_CHARACTERS :],
    )
