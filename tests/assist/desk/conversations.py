"""Conversations for tests of the desk: written down as turns of the machine are."""

from __future__ import annotations

from pathlib import Path

from baihuo.assist import Conversation, ConversationStore, Identity, Reply, Sentence
from baihuo.assist.record.store import Finished

MINUTE_US = 60_000_000
NOW_US = 1_764_000_000_000_000
ANSWER = Sentence(text="An answer.", source_ids=("faq:1",))


def store_of(folder: Path) -> ConversationStore:
    return ConversationStore(
        folder / "conversations.sqlite", lambda text: text.replace("138 1234 5678", "⟨phone⟩")
    )


def begin(store: ConversationStore, name: str, *, at_us: int = NOW_US) -> Conversation:
    conversation = Conversation(
        conversation_id=name, identity=Identity(visitor_id=f"v-{name}"), language="en"
    )
    store.start(conversation, at_us=at_us)
    return conversation


def said(
    store: ConversationStore,
    conversation: Conversation,
    message_id: str,
    text: str,
    *,
    at_us: int = NOW_US,
    did: str = "answer: known_answer",
    sentence: Sentence = ANSWER,
) -> None:
    """A message of the shopper and the machine's reply to it.

    Args:
        did: kind and reason of the decision, as a trace has them.
    """
    kind, reason = did.split(": ")
    store.begin(conversation.conversation_id, message_id, text, at_us=at_us)
    is_handed_over = kind == "hand_over"
    now = store.conversation(conversation.conversation_id, at_us=at_us)
    store.finish(
        Finished(
            conversation=Conversation(
                conversation_id=now.conversation_id,
                identity=now.identity,
                language=now.language,
                mentioned=now.mentioned,
                is_handed_over=is_handed_over or now.is_handed_over,
            ),
            message_id=message_id,
            reply=Reply(
                language="en",
                sentences=(sentence,),
                is_handed_over=is_handed_over,
            ),
            at_us=at_us + 1,
            intent="returns",
            kind=kind,
            reason=reason,
        )
    )


def handed_over(
    store: ConversationStore, name: str, *, at_us: int = NOW_US, text: str = "Where is my parcel?"
) -> Conversation:
    conversation = begin(store, name, at_us=at_us)
    said(
        *(store, conversation, f"{name}-1", text),
        at_us=at_us,
        did="hand_over: two_failures",
        sentence=Sentence(text="I am passing you to a person."),
    )
    return conversation
