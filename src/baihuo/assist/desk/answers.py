"""What a person at the desk does in a conversation: send, correct, reject, give back, close. What they send becomes a judged pair."""

from __future__ import annotations

from dataclasses import dataclass

from baihuo.assist.desk.queue import DeskQueue
from baihuo.assist.desk.suggestions import open_question
from baihuo.assist.judged_pairs import JudgedPair, JudgedPairs, PairKind
from baihuo.assist.record import ConversationStore
from baihuo.assist.turns import Author, Language
from baihuo.core import BadInput, ShopError

MAX_TEXT = 4_000  # characters of an answer


class WrittenMeanwhile(ShopError):
    """The shopper wrote after the page was opened: the person reads that before their answer is sent."""

    status = 409


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An answer that a person sends."""

    conversation_id: str
    message_id: str  # made with the form: sent twice, it is one message
    text: str
    seen_seq: int  # the newest message on the page
    source_id: str = ""  # of the suggestion that it began with
    suggested: str = ""  # the text of that suggestion

    @property
    def kind(self) -> PairKind:
        """Whether a suggestion was changed."""
        is_changed = self.suggested and _plain(self.suggested) != _plain(self.text)
        return "corrected" if is_changed else "sent"


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of a draft."""

    kind: PairKind
    is_new_pair: bool


@dataclass(frozen=True, slots=True)
class Desk:
    """The acts of the desk. Each needs that the person has the conversation."""

    store: ConversationStore
    queue: DeskQueue
    pairs: JudgedPairs

    def send(self, draft: Draft, name: str, *, at_us: int) -> Answered:
        """Send an answer, and keep it as a pair with the question that it answers.

        Raises:
            BadInput: it is empty or too long.
            NotClaimed: another person has the conversation.
            WrittenMeanwhile: the shopper wrote since the page was opened.
        """
        text = draft.text.replace("\r\n", "\n").strip()
        if not text or len(text) > MAX_TEXT:
            raise BadInput(
                "the answer is empty" if not text else f"the answer has {len(text):,} characters",
                fix=f"write 1 to {MAX_TEXT:,} characters",
            )
        newest = self.store.messages(draft.conversation_id, after_seq=draft.seen_seq)
        is_again = any(m.message.message_id == draft.message_id for m in newest)
        if not is_again and any(m.message.author is Author.SHOPPER for m in newest):
            raise WrittenMeanwhile(
                "the shopper wrote meanwhile, so nothing was sent yet",
                fix="read it above, change the answer if needed, and send it again",
            )
        self.queue.keep(draft.conversation_id, name, at_us=at_us)
        conversation = self.store.conversation(draft.conversation_id, at_us=at_us)
        _, question = open_question(conversation, without=draft.message_id)
        sources = (draft.source_id,) if draft.source_id else ()
        self.store.add_from_desk(
            draft.conversation_id, draft.message_id, text, at_us=at_us, source_ids=sources
        )
        pair = JudgedPair(
            pair_id=draft.message_id,
            conversation_id=draft.conversation_id,
            visitor_id=conversation.identity.visitor_id,
            kind=draft.kind,
            language=_language(conversation.language),
            question=question,
            answer=text,
            source_id=draft.source_id,
            suggested=draft.suggested if draft.kind == "corrected" else "",
            by=name,
            at_us=at_us,
        )
        return Answered(pair.kind, bool(question) and self.pairs.add(pair))

    def reject(
        self, conversation_id: str, name: str, *, source_id: str, text: str, at_us: int
    ) -> bool:
        """A suggestion does not answer the question; returns whether that is new.

        Raises:
            NotClaimed: another person has the conversation.
        """
        self.queue.keep(conversation_id, name, at_us=at_us)
        conversation = self.store.conversation(conversation_id, at_us=at_us)
        question_id, question = open_question(conversation)
        if not question or not source_id or not text:
            return False
        return self.pairs.add(
            JudgedPair(
                pair_id=f"{question_id}|{source_id}",
                conversation_id=conversation_id,
                visitor_id=conversation.identity.visitor_id,
                kind="rejected",
                language=_language(conversation.language),
                question=question,
                answer=text[:MAX_TEXT],
                source_id=source_id,
                by=name,
                at_us=at_us,
            )
        )


def _language(language: Language | None) -> Language:
    return language or "en"


def _plain(text: str) -> str:
    return " ".join(text.split())
