"""Conversations that are kept: a message comes in, is written down, and is answered once."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Lock

from baihuo.assist.compose import greeting
from baihuo.assist.conversation import AssistParts, NotWanted, TakenTurn, take_turn
from baihuo.assist.decide import language_of, p_right_of, small_talk, state_after
from baihuo.assist.record import ConversationStore
from baihuo.assist.record.store import Finished
from baihuo.assist.turns import Conversation, DecisionKind, Identity, Language, Reply, Turn
from baihuo.core import CannotWrite, Conflict

_LOG = logging.getLogger(__name__)
MOST_CHARACTERS = 2_000
"""Of a message, a turn reads no more."""
_REMEMBERED = 1_000  # exact replies, for a message that is sent again
_LOOK_S = 0.05
_QUESTIONS = (DecisionKind.ANSWER, DecisionKind.SHOW_PRODUCTS, DecisionKind.ASK_BACK)


@dataclass(frozen=True, slots=True)
class Said:
    """The reply to a message; of one that was sent before without its turn."""

    reply: Reply
    taken: TakenTurn | None = None


class Service:
    """Answers messages of kept conversations. Many threads may use it."""

    def __init__(
        self,
        store: ConversationStore,
        parts: Callable[[], AssistParts],
        *,
        clock: Callable[[], int],
        is_attended: Callable[[str, int], bool] = lambda conversation_id, at_us: False,
    ) -> None:
        """
        Args:
            parts: what turns are made with now; it may change between turns.
            clock: our clock, in microseconds.
            is_attended: whether a person who is at the desk has a conversation, by its id, at a time.
        """
        self.store, self._parts, self._clock = store, parts, clock
        self._is_attended = is_attended
        self._exact: OrderedDict[tuple[str, str], Reply] = OrderedDict()
        self._lock = Lock()

    def start(self, conversation: Conversation) -> Reply:
        """Begin a conversation; the greeting says that a machine answers."""
        self.store.start(conversation, at_us=self._clock())
        return greeting(conversation.language or "en")

    def say(
        self,
        conversation_id: str,
        message_id: str,
        text: str,
        *,
        page_product_id: str | None = None,
        language: Language | None = None,
        client_address: str = "",
        is_wanted: Callable[[], bool] = lambda: True,
    ) -> Said:
        """Answer a message. Sent again, it gets the reply of the first time, and nothing is done twice.

        Args:
            page_product_id: the product of the page that the shopper is on now; None: as before.
            language: of the page.
            client_address: of the network, for the limit of guesses at who somebody is.
            is_wanted: whether the client is still there. A message without a reply is answered when it is sent again.

        Raises:
            NotFound: there is no such conversation.
            Conflict: the message id stands for another text, or another message is being answered.
            CannotWrite: nothing was written down, and nothing was done.
            NotWanted: the client left before anything was done.
        """
        if not is_wanted():
            raise NotWanted
        until = time.monotonic() + self._parts().reply_s
        begun = self.store.begin(conversation_id, message_id, text, at_us=self._clock())
        while not begun.is_claimed and time.monotonic() < until:
            time.sleep(_LOOK_S)
            begun = self.store.begin(conversation_id, message_id, text, at_us=self._clock())
        if begun.reply is not None:
            return Said(self._exact.get((conversation_id, message_id), begun.reply))
        if not begun.is_claimed:
            raise Conflict(
                "another message of this conversation is being answered",
                fix="send this message again in a second",
            )
        is_with_desk = begun.conversation.is_handed_over
        conversation = replace(
            begun.conversation,
            is_attended=is_with_desk and self._is_attended(conversation_id, self._clock()),
            page_product_id=page_product_id or begun.conversation.page_product_id,
            language=language or begun.conversation.language,
        )
        turn = turn_of(conversation, message_id, text, now_us=self._clock())
        return self._answer(replace(turn, client_address=client_address), is_wanted)

    def identify(self, visitor_id: str, *, shopper_id: str | None, is_signed: bool) -> Identity:
        """Who begins a conversation.

        Args:
            shopper_id: whom the shop's own server named, with a key that may do so.
            is_signed: the visitor id came with the shop's signature.
        """
        identifier = self._parts().identifier
        if shopper_id is not None:
            if identifier is not None:
                return identifier.of_server(visitor_id, shopper_id)
            return Identity(visitor_id=visitor_id, shopper_id=shopper_id, proof="server_key")
        if not is_signed:
            return Identity(visitor_id=visitor_id)
        if identifier is not None:
            return identifier.of_visitor(visitor_id)
        return Identity(visitor_id=visitor_id, proof="visitor_token")

    def _answer(self, turn: Turn, is_wanted: Callable[[], bool]) -> Said:
        conversation_id, message_id = turn.conversation.conversation_id, turn.message_id
        try:
            taken = take_turn(
                turn, replace(self._parts(), admits=self._admits), is_wanted=is_wanted
            )
            reply = taken.reply
            self._finish(taken)
        except CannotWrite as error:  # the message itself is written: what was decided is not
            _LOG.error("customer service: a reply could not be written: %s", error)
        except BaseException:
            self.store.release(conversation_id)
            raise
        with self._lock:
            self._exact[conversation_id, message_id] = reply
            while len(self._exact) > _REMEMBERED:
                self._exact.popitem(last=False)
        return Said(reply, taken)

    def _admits(self, turn: Turn) -> bool:
        return self.store.join_queue(
            turn.conversation.conversation_id, address=turn.client_address, at_us=self._clock()
        )

    def _finish(self, taken: TakenTurn) -> None:
        turn, decision = taken.turn, taken.decision
        best = decision.passages[:1]
        may_be_asked_again = decision.kind in _QUESTIONS and not small_talk(turn.text)
        self.store.finish(
            Finished(
                conversation=state_after(turn, taken.understanding, decision, taken.reply),
                message_id=turn.message_id,
                reply=taken.reply,
                at_us=self._clock(),
                intent=taken.understanding.intent,
                kind=decision.kind,
                reason=decision.reason,
                p_right=p_right_of(turn.text, best[0]) if best else None,
                steps=taken.steps,
                asked=turn.text if may_be_asked_again else "",
            )
        )


def turn_of(conversation: Conversation, message_id: str, text: str, *, now_us: int) -> Turn:
    """A message as a turn reads it: at most :data:`MOST_CHARACTERS`, the beginning and the end of a longer one."""
    read = text.strip()
    if len(read) > MOST_CHARACTERS:
        half = MOST_CHARACTERS // 2
        read = f"{read[:half]}\n{read[-half:]}"[:MOST_CHARACTERS]
    if conversation.language is None:
        conversation = replace(conversation, language=language_of(read))
    return Turn(conversation=conversation, message_id=message_id, text=read, now_us=now_us)
