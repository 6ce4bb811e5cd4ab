"""The queue of the desk: conversations that were handed over, and who answers which. Two people never have the same one."""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from baihuo.assist.record import store as conversations
from baihuo.core import Conflict, NotFound, ShopError, open_sqlite, transaction
from baihuo.engine import sql_file

_SCHEMA = sql_file(conversations.__file__, "conversations")
_OPEN = "handed_over_at_us IS NOT NULL AND closed_at_us IS NULL"
_QUEUE = sql_file(__file__, "queue")


class NotClaimed(ShopError):
    """Who answers must have the conversation: they never took it, or their time is up and somebody else may take it."""

    status = 409


@dataclass(frozen=True, slots=True)
class QueuedConversation:
    """A conversation that was handed over and is not closed."""

    conversation_id: str
    language: str
    reason: str  # code of the decision that handed it over
    handed_over_at_us: int
    waiting_since_us: int | None  # the first message without an answer; None: the shopper's turn
    n_messages: int
    last_text: str  # of the shopper; that they want a person only where they wrote nothing else
    claimed_by: str | None  # whose time is not up
    claimed_until_us: int | None

    def is_free_for(self, name: str) -> bool:
        """Whether this person may take it, or has it."""
        return self.claimed_by in (None, name)


@dataclass(frozen=True, slots=True)
class DecidedTurn:
    """What the machine made of one message."""

    message_id: str  # of the shopper
    intent: str
    kind: str
    reason: str


class DeskQueue:
    """The queue, in the file of the conversations. Times are of our clock, UTC."""

    def __init__(self, path: Path, *, claim_us: int) -> None:
        """
        Args:
            claim_us: How long a claim lasts after the last thing that was done in it.
        """
        self._path, self._claim_us = path, claim_us
        self._db = open_sqlite(
            path, _SCHEMA(), version=conversations.SCHEMA_VERSION, durability="FULL"
        )
        self._lock = threading.Lock()

    def waiting(self, *, at_us: int, most: int = 200) -> list[QueuedConversation]:
        """Open conversations: those that wait longest first, then those where the shopper is to write."""
        with self._lock:
            rows = self._db.execute(_QUEUE(where=f"c.{_OPEN}", most="?"), (most,)).fetchall()
        found = [self._queued(row, at_us) for row in rows]
        return sorted(found, key=_longest_first)

    def find(self, conversation_id: str, *, at_us: int) -> QueuedConversation:
        """One of them.

        Raises:
            NotFound: it is not handed over, or was closed.
        """
        with self._lock:
            row = self._db.execute(
                _QUEUE(where=f"c.conversation_id = ? AND c.{_OPEN}", most="1"), (conversation_id,)
            ).fetchone()
        if row is None:
            raise _not_open()
        return self._queued(row, at_us)

    def claim(self, conversation_id: str, name: str, *, at_us: int) -> None:
        """Take a conversation, or keep it for longer.

        Raises:
            Conflict: another person has it.
            NotFound: it is not handed over, or was closed.
        """
        with self._lock, transaction(self._db, self._path) as db:
            self._claim(db, conversation_id, name, at_us)

    def keep(self, conversation_id: str, name: str, *, at_us: int) -> None:
        """Keep a conversation that one has; the time of the claim begins again.

        Raises:
            NotClaimed: this person does not have it.
            NotFound: it was closed.
        """
        with self._lock, transaction(self._db, self._path) as db:
            self._require(db, conversation_id, name)
            self._claim(db, conversation_id, name, at_us)

    def release(self, conversation_id: str, name: str) -> None:
        """Give a conversation back to the queue.

        Raises:
            NotClaimed: this person does not have it.
            NotFound: it was closed.
        """
        self._end(conversation_id, name, "claimed_by = NULL, claimed_at_us = NULL", ())

    def close_conversation(self, conversation_id: str, name: str, *, at_us: int) -> None:
        """It is done: the machine answers what the shopper writes next.

        Raises:
            NotClaimed: this person does not have it.
            NotFound: it was closed before.
        """
        self._end(
            *(conversation_id, name),
            "closed_at_us = ?, claimed_by = NULL, claimed_at_us = NULL",
            (at_us,),
        )

    def decisions(self, conversation_id: str) -> list[DecidedTurn]:
        """What the machine decided in a conversation, oldest first."""
        with self._lock:
            rows = self._db.execute(
                "SELECT message_id, intent, kind, reason FROM decisions WHERE conversation_id = ? ORDER BY at_us",
                (conversation_id,),
            ).fetchall()
        return [DecidedTurn(*row) for row in rows]

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def _claim(self, db: sqlite3.Connection, conversation_id: str, name: str, at_us: int) -> None:
        done = db.execute(
            f"UPDATE conversations SET claimed_by = ?, claimed_at_us = ? WHERE conversation_id = ? AND {_OPEN} "
            "AND (claimed_by IS NULL OR claimed_by = ? OR claimed_at_us <= ?)",
            (name, at_us, conversation_id, name, at_us - self._claim_us),
        )
        if not done.rowcount:
            holder = self._holder(db, conversation_id)
            raise Conflict(
                f"{holder} answers this conversation",
                fix="take another one; it is free again when they give it back, or do nothing in it for a while",
            )

    def _end(
        self, conversation_id: str, name: str, changed: str, values: tuple[object, ...]
    ) -> None:
        with self._lock, transaction(self._db, self._path) as db:
            self._require(db, conversation_id, name)
            db.execute(
                f"UPDATE conversations SET {changed} WHERE conversation_id = ?",
                (*values, conversation_id),
            )

    def _require(self, db: sqlite3.Connection, conversation_id: str, name: str) -> None:
        """A claim whose time is up still counts until somebody else takes it: nothing that was typed is refused for that."""
        holder = self._holder(db, conversation_id)
        if holder != name:
            raise NotClaimed(
                f"{holder} took this conversation meanwhile"
                if holder
                else "you have not taken this conversation",
                fix="open it again, and take it if it is free",
            )

    def _holder(self, db: sqlite3.Connection, conversation_id: str) -> str | None:
        row = db.execute(
            f"SELECT claimed_by FROM conversations WHERE conversation_id = ? AND {_OPEN}",
            (conversation_id,),
        ).fetchone()
        if row is None:
            raise _not_open()
        return None if row[0] is None else str(row[0])

    def _queued(self, row: tuple[Any, ...], at_us: int) -> QueuedConversation:
        *said, claimed_by, claimed_at_us = row
        until_us = None if claimed_at_us is None else claimed_at_us + self._claim_us
        is_over = until_us is None or until_us <= at_us
        claim = (None, None) if is_over else (claimed_by, until_us)
        return QueuedConversation(*said, *claim)


def _longest_first(one: QueuedConversation) -> tuple[bool, int]:
    since = one.waiting_since_us
    return since is None, one.handed_over_at_us if since is None else since


def _not_open() -> NotFound:
    return NotFound(
        "this conversation is not at the desk: it was closed, or never handed over",
        fix="open the queue again: /console/desk",
    )
