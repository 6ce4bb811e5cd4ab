"""The file of conversations. Several processes may use it; whoever begins a turn holds its conversation until the reply is written.

Texts are masked before they are written. The one exception is a plan that waits for a yes: it is kept as it was given, until
it is answered or too old.

A killed process loses nothing. A power cut may lose the last messages, and a message that is sent again is then answered again; what
was done to orders is in their own file, which waits for the disk, and is done once by its key.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from baihuo.assist.decide import words_in_common
from baihuo.assist.record.begun import Begun
from baihuo.assist.record.codec import (
    plan_from_json,
    plan_to_json,
    reply_from_json,
    reply_to_json,
    steps_to_json,
)
from baihuo.assist.record.feedback import OPPOSITE, FeedbackKind
from baihuo.assist.turns import Author, Conversation, Identity, Language, Message, Reply, TurnStep
from baihuo.core import Conflict, NotFound, open_sqlite, readable_rows, transaction
from baihuo.engine import sql_file

SCHEMA_VERSION = 1
_SCHEMA = sql_file(__file__, "conversations")
_MASKED = 32  # texts of the turns that are being taken
_READ = 12  # of the last messages: a turn reads no more, however long the conversation is
_DAY_US = 86_400_000_000
_ASKED = 20  # answers that are looked at for the same question
_SAME_QUESTION = 0.8  # of the words
_HELD_US = 10_000_000  # a turn whose worker was killed holds its conversation so long
_CONVERSATION = (
    "conversation_id, visitor_id, shopper_id, proof, language, page_product_id, state, pending, "
    "pending_at_us, handed_over_at_us IS NOT NULL AND closed_at_us IS NULL, last_at_us, busy_until_us"
)
_AFTER_ALL = 2**62  # a number of no message
_MESSAGE = "seq, message_id, author, text, at_us, source_ids, reply"


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message with its number, by which a page asks for what came since; a machine's with all that it showed."""

    seq: int
    message: Message
    reply: Reply | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What is written of a turn."""

    conversation: Conversation  # after it
    message_id: str
    reply: Reply
    at_us: int
    intent: str = ""
    kind: str = ""
    reason: str = ""
    p_right: float | None = None
    steps: tuple[TurnStep, ...] = ()
    asked: str = ""  # the question, where it may be one that was answered before


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLimits:
    """How many conversations may wait for a person at once."""

    by_visitor: int = 3
    by_address: int = 20


class ConversationStore:
    """The conversations of a shop."""

    def __init__(
        self,
        path: Path,
        masked: Callable[[str], str] = lambda text: text,
        *,
        pending_us: int = 1_800_000_000,
        reserve_bytes: int = 0,
        limits: QueueLimits | None = None,
        hashed: Callable[[str], str] = lambda text: text,
    ) -> None:
        """
        Args:
            masked: a text without its personal data: what is written.
            pending_us: how long a plan waits for its yes.
            reserve_bytes: room that the disk must have.
            hashed: the keyed hash of an address: what is written of it.
        """
        self._path, self._pending_us = path, pending_us
        self._limits, self._hashed = limits or QueueLimits(), hashed
        self.masked = lru_cache(maxsize=_MASKED)(masked)  # a turn masks the same texts again
        self._reserve = reserve_bytes
        self._db = open_sqlite(path, _SCHEMA(), version=SCHEMA_VERSION, durability="NORMAL")
        self._db.execute("PRAGMA secure_delete = ON")
        self._lock, self._masking = threading.Lock(), threading.Lock()

    def start(self, conversation: Conversation, *, at_us: int) -> None:
        """Write down a new conversation."""
        who = conversation.identity
        with self._writing() as db:
            db.execute(
                "INSERT INTO conversations (conversation_id, visitor_id, shopper_id, proof, language, page_product_id, "
                "started_at_us, last_at_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(conversation.conversation_id, who.visitor_id, who.shopper_id, who.proof),
                    *(conversation.language, conversation.page_product_id, at_us, at_us),
                ),
            )

    def conversation(self, conversation_id: str, *, at_us: int) -> Conversation:
        """A conversation with its last messages.

        Raises:
            NotFound: there is none of that id.
        """
        with self._lock:
            return self._conversation(conversation_id, at_us)[0]

    def began_at_us(self, conversation_id: str) -> int:
        """When a conversation began.

        Raises:
            NotFound: there is none of that id.
        """
        with self._lock:
            row = self._db.execute(
                "SELECT started_at_us FROM conversations WHERE conversation_id = ?",
                (conversation_id,),
            ).fetchone()
        if row is None:
            raise _no_conversation()
        return int(row[0])

    def seq_of(self, conversation_id: str, message_id: str) -> int:
        """The number of a message; 0 where there is none of that id."""
        with self._lock:
            row = self._db.execute(
                "SELECT seq FROM messages WHERE conversation_id = ? AND message_id = ?",
                (conversation_id, message_id),
            ).fetchone()
        return 0 if row is None else int(row[0])

    def begin(self, conversation_id: str, message_id: str, text: str, *, at_us: int) -> Begun:
        """Write down what the shopper said, and hold the conversation for the reply.

        The same message again gives the reply of the first time.

        Raises:
            NotFound: there is no such conversation.
            Conflict: the message id stands for another text.
        """
        with self._masking:  # one after the other: threads that compute keep the event loop waiting
            stored = self.masked(text)
        with self._writing() as db:
            seq, known = self._known(conversation_id, message_id)
            conversation, busy_until_us = self._conversation(conversation_id, at_us, seq)
            if known is not None and known != stored:
                raise Conflict(
                    f"the message id {message_id!r} was sent before with another text",
                    fix="give every message an id of its own",
                )
            if known is not None and (reply := self._reply_of(conversation_id, message_id)):
                return Begun(conversation, reply)
            if busy_until_us > at_us:
                return Begun(conversation, is_claimed=False)
            if known is None:
                self._add(conversation_id, message_id, Author.SHOPPER, stored, at_us)
            db.execute(
                "UPDATE conversations SET busy_until_us = ?, last_at_us = max(last_at_us, ?) WHERE conversation_id = ?",
                (at_us + _HELD_US, at_us, conversation_id),
            )
            return Begun(conversation)

    def release(self, conversation_id: str) -> None:
        """Hold a conversation no more, where its turn did not come to :meth:`finish`."""
        with self._writing() as db:
            db.execute(
                "UPDATE conversations SET busy_until_us = 0 WHERE conversation_id = ?",
                (conversation_id,),
            )

    def finish(self, done: Finished) -> None:
        """Write the reply, the decision and what the conversation remembers, and hold it no more."""
        after, at_us, reply = done.conversation, done.at_us, done.reply
        # a number that may be somebody's phone is not kept as what "it" refers to
        mentioned = {k: v for k, v in after.mentioned.items() if self.masked(v) == v}
        state = {
            "asked": after.asked,
            "n_failures": after.n_failures,
            "mentioned": mentioned,
        }
        is_open = after.pending is not None
        with self._writing() as db:
            self._add(
                *(after.conversation_id, f"{done.message_id}:reply", Author.MACHINE),
                *(self.masked(reply.text), at_us, reply.source_ids),
                reply_json=reply_to_json(reply, self.masked),
            )
            db.execute(
                "INSERT OR REPLACE INTO decisions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(after.conversation_id, done.message_id, at_us, reply.language, done.intent),
                    *(done.kind, done.reason, done.p_right, reply.is_generated),
                    *(sum(s.ms for s in done.steps), steps_to_json(done.steps)),
                ),
            )
            db.execute(
                "UPDATE conversations SET busy_until_us = 0, last_at_us = max(last_at_us, ?), language = ?, state = ?, pending = ?, "
                "pending_at_us = ?, page_product_id = ?, shopper_id = ?, proof = ? WHERE conversation_id = ?",
                (
                    *(at_us, reply.language),
                    json.dumps(state, ensure_ascii=False),
                    plan_to_json(after.pending) if after.pending is not None else None,
                    at_us if is_open else None,
                    *(after.page_product_id, after.identity.shopper_id, after.identity.proof),
                    after.conversation_id,
                ),
            )
            if done.asked:
                self._note_reasked(db, done)
            if after.is_handed_over:
                db.execute(
                    "UPDATE conversations SET handed_over_at_us = ?, handed_over_for = ?, closed_at_us = NULL, claimed_by = NULL, "
                    "claimed_at_us = NULL WHERE conversation_id = ? AND (handed_over_at_us IS NULL OR closed_at_us IS NOT NULL)",
                    (at_us, done.reason, after.conversation_id),
                )

    def join_queue(self, conversation_id: str, *, address: str, at_us: int) -> bool:
        """Take a place in the queue of the desk, unless too many conversations of this visitor or address wait already.

        A place counts until the desk closes the conversation, for a day at most.

        Args:
            address: of the client; empty: only the visitor counts.

        Returns:
            Whether there is a place. One conversation has one, however often it asks.
        """
        hashed = self._hashed(address) if address else ""
        waits = (
            "SELECT count(*) FROM queue_places JOIN conversations USING (conversation_id) "
            "WHERE closed_at_us IS NULL AND conversation_id <> ?1"
        )
        with self._writing() as db:
            # a clock that went back must not keep anybody out, nor one ahead
            db.execute(
                "DELETE FROM queue_places WHERE at_us NOT BETWEEN ? AND ?",
                (at_us - _DAY_US, at_us + _DAY_US),
            )
            (by_visitor,) = db.execute(
                f"{waits} AND visitor_id = (SELECT visitor_id FROM conversations WHERE conversation_id = ?1)",
                (conversation_id,),
            ).fetchone()
            (by_address,) = db.execute(
                f"{waits} AND address = ?2 AND ?2 <> ''", (conversation_id, hashed)
            ).fetchone()
            if by_visitor >= self._limits.by_visitor or by_address >= self._limits.by_address:
                return False
            db.execute(
                "INSERT OR REPLACE INTO queue_places (conversation_id, address, at_us) VALUES (?, ?, ?)",
                (conversation_id, hashed, at_us),
            )
            return True

    def add_from_desk(
        self,
        conversation_id: str,
        message_id: str,
        text: str,
        *,
        at_us: int,
        source_ids: tuple[str, ...] = (),
    ) -> None:
        """Add what a person of the shop wrote. The same message id again changes nothing.

        Raises:
            NotFound: there is no such conversation.
        """
        with self._writing() as db:
            self._conversation(conversation_id, at_us)
            if self._known(conversation_id, message_id)[1] is None:
                stored = self.masked(text)
                self._add(conversation_id, message_id, Author.DESK, stored, at_us, source_ids)
                db.execute(
                    "UPDATE conversations SET last_at_us = max(last_at_us, ?) WHERE conversation_id = ?",
                    (at_us, conversation_id),
                )

    def messages(
        self, conversation_id: str, *, after_seq: int = 0, most: int = 200
    ) -> list[StoredMessage]:
        """Messages with a number above ``after_seq``, oldest first; of more than ``most`` the newest."""
        with self._lock, readable_rows(self._path):
            rows = self._db.execute(
                f"SELECT {_MESSAGE} FROM messages WHERE conversation_id = ? AND seq > ? ORDER BY seq DESC LIMIT ?",
                (conversation_id, after_seq, most),
            ).fetchall()
            return [_stored(row) for row in reversed(rows)]

    def add_feedback(
        self, conversation_id: str, kind: FeedbackKind, *, at_us: int, message_id: str | None = None
    ) -> None:
        """What the shopper thinks of an answer, or of the whole conversation. The last word counts.

        Raises:
            NotFound: there is no such conversation, or no such message in it.
        """
        with self._writing() as db:
            self._conversation(conversation_id, at_us)
            if message_id is not None and self._known(conversation_id, message_id)[1] is None:
                raise NotFound(
                    f"the conversation has no message {message_id!r}",
                    fix="give the message_id of a message that was answered",
                )
            of = "conversation_id = ? AND message_id IS ?"
            gone = (kind, OPPOSITE.get(kind, kind))
            db.execute(
                f"DELETE FROM feedback WHERE {of} AND kind IN (?, ?)",
                (conversation_id, message_id, *gone),
            )
            db.execute(
                "INSERT INTO feedback (conversation_id, message_id, kind, at_us) VALUES (?, ?, ?, ?)",
                (conversation_id, message_id, kind, at_us),
            )

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    # --- within the lock ----------------------------------------------------------------------

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock, transaction(self._db, self._path, reserve_bytes=self._reserve) as db:
            yield db

    def _conversation(
        self, conversation_id: str, at_us: int, before_seq: int = _AFTER_ALL
    ) -> tuple[Conversation, int]:
        """The conversation and until when a turn holds it; without the message ``before_seq`` and what came after it."""
        row = self._db.execute(
            f"SELECT {_CONVERSATION} FROM conversations WHERE conversation_id = ?",
            (conversation_id,),
        ).fetchone()
        if row is None:
            raise _no_conversation()
        (_, visitor_id, shopper_id, proof, language, page, state, pending, pending_at) = row[:9]
        with readable_rows(self._path):
            read = json.loads(state)
            is_late = pending_at is not None and at_us - pending_at > self._pending_us
            conversation = Conversation(
                conversation_id=conversation_id,
                identity=Identity(visitor_id=visitor_id, shopper_id=shopper_id, proof=proof),
                language=_language(language),
                page_product_id=page,
                pending=plan_from_json(pending) if pending and not is_late else None,
                asked=read.get("asked", ""),
                n_failures=read.get("n_failures", 0),
                is_handed_over=bool(row[9]),
                mentioned=read.get("mentioned", {}),
            )
            messages = self._last_messages(conversation_id, before_seq)
        return replace(conversation, messages=messages), row[11]

    def _last_messages(self, conversation_id: str, before_seq: int) -> tuple[Message, ...]:
        rows = self._db.execute(
            f"SELECT {_MESSAGE} FROM messages WHERE conversation_id = ? AND seq < ? ORDER BY seq DESC LIMIT ?",
            (conversation_id, before_seq, _READ),
        ).fetchall()
        return tuple(map(_message, reversed(rows)))

    def _note_reasked(self, db: sqlite3.Connection, done: Finished) -> None:
        """Note answers of the last day whose question the same visitor asks again now: an answer was there, and did not do."""
        stored = self.masked(done.asked)
        rows = db.execute(
            "SELECT d.conversation_id, d.message_id, m.text FROM conversations c JOIN decisions d USING (conversation_id) "
            "JOIN messages m USING (conversation_id, message_id) WHERE c.visitor_id = ? AND d.at_us >= ? "
            "AND (d.conversation_id, d.message_id) <> (?, ?) "
            "AND d.reason IN ('known_answer', 'described_product') ORDER BY d.at_us DESC LIMIT ?",
            (
                *(done.conversation.identity.visitor_id, done.at_us - _DAY_US),
                *(done.conversation.conversation_id, done.message_id, _ASKED),
            ),
        ).fetchall()
        again = [row for row in rows if words_in_common(stored, row[2]) >= _SAME_QUESTION]
        if again:  # SQLite takes its time for a statement without rows, too
            db.executemany(
                "INSERT OR IGNORE INTO feedback (conversation_id, message_id, kind, at_us) VALUES (?, ?, ?, ?)",
                [(c, m, FeedbackKind.REASKED, done.at_us) for c, m, _ in again],
            )

    def _known(self, conversation_id: str, message_id: str) -> tuple[int, str | None]:
        """Number and text of a message; of one that is not there a number above all, and None."""
        row = self._db.execute(
            "SELECT seq, text FROM messages WHERE conversation_id = ? AND message_id = ?",
            (conversation_id, message_id),
        ).fetchone()
        return (_AFTER_ALL, None) if row is None else (int(row[0]), str(row[1]))

    def _reply_of(self, conversation_id: str, message_id: str) -> Reply | None:
        row = self._db.execute(
            "SELECT reply FROM messages WHERE conversation_id = ? AND message_id = ?",
            (conversation_id, f"{message_id}:reply"),
        ).fetchone()
        with readable_rows(self._path):
            return None if row is None else reply_from_json(row[0])

    def _add(
        self,
        conversation_id: str,
        message_id: str,
        author: Author,
        text: str,
        at_us: int,
        source_ids: tuple[str, ...] = (),
        reply_json: str | None = None,
    ) -> None:
        self._db.execute(
            "INSERT OR IGNORE INTO messages (conversation_id, message_id, author, text, at_us, source_ids, reply) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                *(conversation_id, message_id, author, text, at_us),
                *(json.dumps(source_ids), reply_json),
            ),
        )


def _no_conversation() -> NotFound:
    return NotFound(
        "there is no such conversation, or it was erased",
        fix="begin one: POST /v1/assist/conversations",
    )


def _language(stored: str | None) -> Language | None:
    if stored == "en":
        return "en"
    return "zh" if stored == "zh" else None


def _stored(row: tuple[object, ...]) -> StoredMessage:
    seq, reply = row[0], row[-1]
    made = None if reply is None else reply_from_json(str(reply))
    return StoredMessage(int(str(seq)), _message(row), made)


def _message(row: tuple[object, ...]) -> Message:
    _, message_id, author, text, at_us, source_ids, _ = row
    return Message(
        message_id=str(message_id),
        author=Author(str(author)),
        text=str(text),
        at_us=int(str(at_us)),
        source_ids=tuple(json.loads(str(source_ids))),
    )
