"""The desk page: the queue, a conversation with its summary and suggested answers, and what a person does in it. Without scripts."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from baihuo.access import Scope
from baihuo.assist import (
    Author,
    DecidedTurn,
    Draft,
    NotClaimed,
    StoredMessage,
    SuggestedAnswer,
    WrittenMeanwhile,
    open_question,
    suggested_answers,
    summary_of,
)
from baihuo.catalog import Catalog
from baihuo.core import ShopError
from baihuo.serve.api.access import Forbidden, access_of
from baihuo.serve.api.desk_room import DeskRoom, desk_room_of
from baihuo.serve.api.people import Person
from baihuo.serve.console.layout import (
    HEADERS,
    ConsoleRoute,
    PersonDep,
    PersonForm,
    console_of,
    see,
)
from baihuo.serve.ids import now_us
from baihuo.serve.storefront.view import language_of, product_path, title_of

DESK = "/console/desk"
router = APIRouter(prefix=DESK, include_in_schema=False, route_class=ConsoleRoute)
_FRAMED = {
    "Content-Security-Policy": HEADERS["Content-Security-Policy"].replace(
        "frame-ancestors 'none'", "frame-ancestors 'self'"
    ),
    "X-Frame-Options": "SAMEORIGIN",
}


class FramedRoute(ConsoleRoute):
    """A part of a page of ours, in a frame of it. There is nothing to press in it."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        handle = super().get_route_handler()

        async def framed(request: Request) -> Response:
            response = await handle(request)
            response.headers.update(_FRAMED)
            return response

        return framed


parts = APIRouter(prefix=DESK, include_in_schema=False, route_class=FramedRoute)
_MAX_ID = 200


async def at_the_desk(person: PersonDep) -> Person:
    """Somebody who is logged in and may talk with customers.

    Raises:
        Forbidden: the role is another one.
    """
    if not person.allows(Scope.DESK):
        raise Forbidden(
            f"{person.lacks}; this page is for the service desk",
            fix=f"ask for another role: baihuo accounts role {person.name} desk",
        )
    return person


DeskDep = Annotated[Person, Depends(at_the_desk)]


@router.get("")
def queue_page(request: Request, person: DeskDep) -> Response:
    """Who waits, longest first. The page looks again by itself, which is nothing that the person did."""
    room, at_us = desk_room_of(request), now_us()
    if "refresh" not in request.query_params and "left" not in request.query_params:
        _seen(room, person, at_us)
    on_duty = room.duty.on_duty(at_us=at_us, away_us=room.settings.away_us)
    return console_of(request).page(
        request,
        "desk.html",
        person=person,
        **queue_view(room, at_us=at_us),
        is_on_duty=person.name in [one.name for one in on_duty],
    )


@router.get("/c/{conversation_id}")
def conversation_page(request: Request, person: DeskDep, conversation_id: str) -> Response:
    """One conversation. Who has it can answer; everybody else of the desk can read it."""
    _seen(desk_room_of(request), person, now_us())
    return _page(request, person, conversation_id, chosen=request.query_params.get("use", ""))


@parts.get("/c/{conversation_id}/new")
def new_messages(request: Request, person: DeskDep, conversation_id: str) -> Response:
    """What came since the page was opened: a frame that looks by itself, so that the form next to it keeps what is typed."""
    room, after = desk_room_of(request), request.query_params.get("after", "")
    room.desk.queue.find(conversation_id, at_us=now_us())
    after_seq = number_of(after)
    return console_of(request).page(
        request,
        "desk_new.html",
        messages=new_view(room, conversation_id, after_seq=after_seq),
        address=f"{_path(conversation_id)}/new?after={after_seq}",
    )


@router.post("/c/{conversation_id}/take")
def take(request: Request, person: DeskDep, form: PersonForm, conversation_id: str) -> Response:
    """Take a conversation: it is this person's alone until they give it back, close it, or do nothing in it for a while."""
    room = _acts(request, person)
    room.desk.queue.claim(conversation_id, person.name, at_us=now_us())
    _record(request, person, "desk.claim", conversation_id)
    return see(_path(conversation_id))


@router.post("/c/{conversation_id}/send")
def send(request: Request, person: DeskDep, form: PersonForm, conversation_id: str) -> Response:
    """Send an answer. Where that is not possible, the page comes back with the text that was typed."""
    room = _acts(request, person)
    draft = _draft(form, conversation_id)
    try:
        answered = room.desk.send(draft, person.name, at_us=now_us())
    except (NotClaimed, WrittenMeanwhile) as error:
        return _page(request, person, conversation_id, draft=draft, error=error)
    detail = {"kind": answered.kind, "source": draft.source_id}
    _record(request, person, "desk.send", conversation_id, detail)
    return see(f"{_path(conversation_id)}#end")


@router.post("/c/{conversation_id}/look")
def look(request: Request, person: DeskDep, form: PersonForm, conversation_id: str) -> Response:
    """The page again with what came meanwhile, and the text that was typed."""
    _acts(request, person)
    return _page(request, person, conversation_id, draft=_draft(form, conversation_id))


@router.post("/c/{conversation_id}/reject")
def reject(request: Request, person: DeskDep, form: PersonForm, conversation_id: str) -> Response:
    """A suggestion does not answer the question; it is not shown for it again, and training learns that."""
    room = _acts(request, person)
    source_id, text = form.get("source_id", "")[:_MAX_ID], form.get("suggested", "")
    if room.desk.reject(
        conversation_id, person.name, source_id=source_id, text=text, at_us=now_us()
    ):
        _record(request, person, "desk.reject", conversation_id, {"source": source_id})
    return see(_path(conversation_id))


@router.post("/c/{conversation_id}/release")
def release(request: Request, person: DeskDep, form: PersonForm, conversation_id: str) -> Response:
    """Give it back to the queue."""
    room = _acts(request, person)
    room.desk.queue.release(conversation_id, person.name)
    _record(request, person, "desk.release", conversation_id)
    return see(DESK)


@router.post("/c/{conversation_id}/close")
def close(request: Request, person: DeskDep, form: PersonForm, conversation_id: str) -> Response:
    """It is done; what the shopper writes next is answered by the machine."""
    room = _acts(request, person)
    room.desk.queue.close_conversation(conversation_id, person.name, at_us=now_us())
    _record(request, person, "desk.close", conversation_id)
    return see(DESK)


@router.post("/leave")
def leave(request: Request, person: DeskDep, form: PersonForm) -> Response:
    """Go off duty. Shoppers see when the desk is empty."""
    if desk_room_of(request).duty.leave(person.name):
        _record(request, person, "desk.leave", person.name)
    return see(f"{DESK}?left=1")


def _acts(request: Request, person: Person) -> DeskRoom:
    room = desk_room_of(request)
    _seen(room, person, now_us())
    return room


def _seen(room: DeskRoom, person: Person, at_us: int) -> None:
    room.duty.seen(person.name, at_us=at_us, away_us=room.settings.away_us)


def _draft(form: Mapping[str, str], conversation_id: str) -> Draft:
    return Draft(
        conversation_id=conversation_id,
        message_id=form.get("message_id", "")[:64] or f"d-{secrets.token_hex(12)}",
        text=form.get("text", ""),
        seen_seq=number_of(form.get("seen_seq", "")),
        source_id=form.get("source_id", "")[:_MAX_ID],
        suggested=form.get("suggested", ""),
    )


def _page(
    request: Request,
    person: Person,
    conversation_id: str,
    *,
    chosen: str = "",
    draft: Draft | None = None,
    error: ShopError | None = None,
) -> Response:
    room, at_us = desk_room_of(request), now_us()
    view = conversation_view(
        room,
        request.app.state.worker.catalog,
        conversation_id,
        at_us=at_us,
        language=language_of_page(request),
        chosen=chosen,
        draft=draft,
    )
    queued = view["queued"]
    return console_of(request).page(
        request,
        "desk_conversation.html",
        status=error.status if error else 200,
        person=person,
        error=error,
        is_mine=queued.claimed_by == person.name,
        message_id=f"d-{secrets.token_hex(12)}",
        **view,
    )


def number_of(text: str) -> int:
    """The number of a message, as our pages write it; 0 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


def _path(conversation_id: str) -> str:
    return f"{DESK}/c/{conversation_id}"


def _record(
    request: Request,
    person: Person,
    action: str,
    subject: str,
    detail: Mapping[str, str] | None = None,
) -> None:
    access_of(request).record(action, actor=person.actor, subject=subject, detail=detail)


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
    """Suggestions that were not rejected for the question. A person can answer without them: failures are shown, not raised."""
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
