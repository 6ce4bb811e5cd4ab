"""What a person at the desk reads first: what was asked, of which orders and products, what was tried, and why it is here.

It is extractive: every text in it was written in the conversation. Only its labels are ours, and the page has them in its language.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from baihuo.assist.desk.queue import DecidedTurn
from baihuo.assist.record import StoredMessage
from baihuo.assist.turns import Author, Conversation
from baihuo.core import has_han

_MAX_TEXT = 200
_N_ASKED, _N_TRIED, _N_NAMED = 3, 3, 5
_LONG_CALL = 28  # characters, those of Chinese twice: "can I talk to a person please" says no more
_NO_QUESTION = frozenset(
    {
        "greeting",
        "thanks",
        "goodbye",
        "is_machine",
        "asked_for_person",
        "agreed",
        "declined_plan",
        "with_desk",
        "nothing_said",
    }
)
"""Reasons of decisions on messages that ask nothing."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What the machine did about one message."""

    kind: str  # of the decision: "answer", "ask_back", "act", …
    text: str  # the first sentence that states something


@dataclass(frozen=True, slots=True)
class Summary:
    """A conversation in a few lines."""

    asked: tuple[str, ...]  # in the shopper's words: the first, and what came last
    order_ids: tuple[str, ...]
    product_ids: tuple[str, ...]
    tried: tuple[Tried, ...]
    intent: str  # of the last message that asked something; empty: not known
    reason: str  # why it was handed over


def summary_of(
    conversation: Conversation,
    messages: Sequence[StoredMessage],
    decisions: Sequence[DecidedTurn],
    reason: str,
) -> Summary:
    """The summary of a conversation.

    Args:
        messages: All of it, oldest first.
        decisions: What the machine made of them.
        reason: The code of the decision that handed it over.
    """
    decided = {d.message_id: d for d in decisions}
    asking = [
        m.message
        for m in messages
        if m.message.author is Author.SHOPPER
        and _asks(m.message.text, decided.get(m.message.message_id))
    ]
    texts = list(dict.fromkeys(m.text.strip() for m in asking if m.text.strip()))
    shown = texts if len(texts) <= _N_ASKED else [texts[0], *texts[1 - _N_ASKED :]]
    intents = [d.intent for m in asking if (d := decided.get(m.message_id)) and d.intent]
    return Summary(
        asked=tuple(map(_cut, shown)),
        order_ids=_named("order", conversation, messages),
        product_ids=_named("product", conversation, messages),
        tried=tuple(_tried(messages, decided))[-_N_TRIED:],
        intent=intents[-1] if intents else "",
        reason=reason,
    )


def _asks(text: str, decision: DecidedTurn | None) -> bool:
    """Who asks for a person, or writes while they wait, often says what about."""
    if decision is None or decision.reason not in _NO_QUESTION:
        return True
    is_call = decision.reason in ("asked_for_person", "with_desk")
    return is_call and len(text) + sum(map(has_han, text)) > _LONG_CALL


def _tried(messages: Sequence[StoredMessage], decided: dict[str, DecidedTurn]) -> Iterable[Tried]:
    for stored in messages:
        decision = decided.get(stored.message.message_id.removesuffix(":reply"))
        if stored.message.author is not Author.MACHINE or decision is None:
            continue
        if decision.kind == "hand_over" or decision.reason in _NO_QUESTION:
            continue
        sentences = stored.reply.sentences if stored.reply else ()
        text = next((s.text for s in sentences if s.source_ids), stored.message.text)
        yield Tried(decision.kind, _cut(text))


def _named(
    kind: str, conversation: Conversation, messages: Sequence[StoredMessage]
) -> tuple[str, ...]:
    """Ids of orders or products, the last named first."""
    last = conversation.mentioned.get(f"{kind}_id")
    ids = [last] if last else []
    for stored in reversed(messages):
        reply = stored.reply
        if reply is not None:
            ids += reply.order_ids if kind == "order" else reply.product_ids
        named = (i for i in stored.message.source_ids if i.startswith(f"{kind}:"))
        ids += [i.removeprefix(f"{kind}:").split("#")[0] for i in named]
    if kind == "product" and conversation.page_product_id:
        ids.insert(0, conversation.page_product_id)
    return tuple(dict.fromkeys(ids))[:_N_NAMED]


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_TEXT else f"{text[: _MAX_TEXT - 1]}…"
