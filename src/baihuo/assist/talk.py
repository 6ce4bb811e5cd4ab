"""A conversation in memory, for the terminal and for measurements: nothing of it is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from baihuo.assist.conversation import AssistParts, TakenTurn, take_turn
from baihuo.assist.decide import state_after
from baihuo.assist.service import turn_of
from baihuo.assist.turns import Author, Conversation, Identity, Language, Message

_READ = 12  # of the last messages, as of kept conversations


class Talk:
    """Say something, read the reply, and go on."""

    def __init__(
        self,
        parts: AssistParts,
        identity: Identity,
        *,
        clock: Callable[[], int],
        language: Language | None = None,
        page_product_id: str | None = None,
    ) -> None:
        self._parts, self._clock = parts, clock
        self.conversation = Conversation(
            conversation_id="talk",
            identity=identity,
            language=language,
            page_product_id=page_product_id,
        )
        self._n = 0

    def say(self, text: str) -> TakenTurn:
        """The turn of a message."""
        self._n += 1
        turn = turn_of(self.conversation, f"m{self._n}", text, now_us=self._clock())
        taken = take_turn(turn, self._parts)
        after = state_after(turn, taken.understanding, taken.decision, taken.reply)
        messages = (
            *self.conversation.messages,
            Message(
                message_id=turn.message_id, author=Author.SHOPPER, text=turn.text, at_us=turn.now_us
            ),
            Message(
                message_id=f"{turn.message_id}:reply",
                author=Author.MACHINE,
                text=taken.reply.text,
                at_us=turn.now_us,
                source_ids=taken.reply.source_ids,
            ),
        )
        self.conversation = replace(after, messages=messages[-_READ:])
        return taken
