"""What the templates of the desk show."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from fastapi import Request

from baihuo.assist import (
    Author,
    DecidedTurn,
    Draft,
    StoredMessage,
    SuggestedAnswer,
    open_question,
    suggested_answers,
    summary_of,
)
from baihuo.catalog import Catalog
from baihuo.core import ShopError
from baihuo.serve.api.desk_room import DeskRoom
from baihuo.serve.console.layout import console_of
from baihuo.serve.storefront.translations import language_of
from baihuo.serve.storefront.view import product_path, title_of

_LOG = logging.getLogger(__name__)
_MOST_MESSAGES = 200
_MINUTE_US = 60_000_000


@dataclass(frozen=True, slots=True)
class NamedProduct:
    """A product of the summary."""

    title: str
    href: str


def language_of_page(request: Request) -> str:
    """The language of the console in this browser."""
    return language_of(request, console_of(request).translations)


def queue_view(room: DeskRoom, *, at_us: int) -> dict[str, Any]:
    """The queue, and who is on duty."""
    queued = room.desk.queue.waiting(at_us=at_us)
    state = room.state(at_us=at_us)
    return {
        "waiting": [
            (one, _minutes(at_us, one.waiting_since_us))
            for one in queued
            if one.waiting_since_us is not None
        ],
        "answered": [one for one in queued if one.waiting_since_us is None],
        "on_duty": state.on_duty,
        "desk": state,
        "is_within_hours": room.hours.is_open(at_us),
    }


def conversation_view(
    room: DeskRoom,
    catalog: Catalog,
    conversation_id: str,
    *,
    at_us: int,
    language: str,
    chosen: str,
    draft: Draft | None,
) -> dict[str, Any]:
    """A conversation with its summary and suggestions.

    Args:
        language: Of the page.
        chosen: The source of the suggestion that the form begins with.
        draft: What was typed, where the page comes back with it.

    Raises:
        NotFound: it is not at the desk.
    """
    desk = room.desk
    queued = desk.queue.find(conversation_id, at_us=at_us)
    conversation = desk.store.conversation(conversation_id, at_us=at_us)
    messages = desk.store.messages(conversation_id, most=_MOST_MESSAGES)
    decisions: list[DecidedTurn] = desk.queue.decisions(conversation_id)
    summary = summary_of(conversation, messages, decisions, queued.reason)
    suggestions, problem = _suggestions(room, conversation_id, at_us)
    used = next((s for s in suggestions if s.source_id == chosen), None)
    if draft is None:
        draft = Draft(
            conversation_id=conversation_id,
            message_id="",
            text=used.text if used else "",
            seen_seq=0,
            source_id=used.source_id if used else "",
            suggested=used.text if used else "",
        )
    return {
        "queued": queued,
        "minutes": _minutes(at_us, queued.waiting_since_us),
        "messages": [_shown(m) for m in messages],
        "seen_seq": messages[-1].seq if messages else 0,
        "summary": summary,
        "products": _products(catalog, summary.product_ids, language),
        "suggestions": suggestions,
        "suggestions_problem": problem,
        "draft": draft,
    }


def new_view(room: DeskRoom, conversation_id: str, *, after_seq: int) -> list[dict[str, Any]]:
    """Messages with a higher number, but those of the desk itself."""
    found = room.desk.store.messages(conversation_id, after_seq=after_seq, most=_MOST_MESSAGES)
    return [_shown(m) for m in found if m.message.author is not Author.DESK]


def _suggestions(
    room: DeskRoom, conversation_id: str, at_us: int
) -> tuple[list[SuggestedAnswer], str]:
    """Suggestions that were not rejected for the question. A person can answer without them: what fails is said, not raised."""
    desk, suggester = room.desk, room.suggester()
    conversation = desk.store.conversation(conversation_id, at_us=at_us)
    question_id, question = open_question(conversation)
    if suggester is None or not question:
        return [], ""
    rejected = desk.pairs.rejected(conversation_id)
    try:
        found = suggested_answers(
            *(conversation, question_id, question, suggester),
            now_us=at_us,
            most=room.settings.suggestions + len(rejected),
        )
    except ShopError as error:
        return [], f"{error.what} → {error.fix}"
    except Exception as error:  # as in a turn of the machine: no stage that fails costs the reply
        _LOG.exception("suggestions for the desk failed")
        return [], type(error).__name__
    fitting = [s for s in found if (question_id, s.source_id) not in rejected]
    return fitting[: room.settings.suggestions], ""


def _shown(stored: StoredMessage) -> dict[str, Any]:
    message = stored.message
    return {
        "author": message.author,
        "text": message.text,
        "at_us": message.at_us,
        "source_ids": message.source_ids if message.author is not Author.SHOPPER else (),
    }


def _products(catalog: Catalog, ids: tuple[str, ...], language: str) -> list[NamedProduct]:
    found = catalog.get_many(list(ids))
    return [NamedProduct(title_of(found[i], language), product_path(i)) for i in ids if i in found]


def _minutes(at_us: int, since_us: int | None) -> int:
    return 0 if since_us is None else max(0, at_us - since_us) // _MINUTE_US
