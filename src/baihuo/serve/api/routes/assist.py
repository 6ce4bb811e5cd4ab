"""Conversations with customer service.

Who writes is the visitor of a signed id, or of the storefront's cookie. A conversation without either is known by its id alone, which
cannot be guessed. Whose orders may be spoken of, only a server with a key may say.
"""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from baihuo.access import Scope
from baihuo.assist import Conversation, ConversationStore, Identity, StoredMessage
from baihuo.core import NotFound
from baihuo.serve.api.access import access_of
from baihuo.serve.api.assist_models import (
    ConversationIn,
    ConversationOut,
    FeedbackIn,
    MessageIn,
    MessageOut,
    MessagesOut,
    StepOut,
)
from baihuo.serve.api.dependencies import StrictRoute, WorkerDep, problems, watched
from baihuo.serve.api.desk_room import queue_address
from baihuo.serve.api.value_types import Id
from baihuo.serve.ids import new_id, nobodys_id
from baihuo.serve.worker.assistant import Assistant, belongs_to

router = APIRouter(prefix="/v1/assist", tags=["assist"], route_class=StrictRoute)
_ConversationId = Annotated[Id, Path(description="As the beginning of the conversation gave it")]
_MOST_MESSAGES = 200


@router.post(
    "/conversations",
    status_code=201,
    responses=problems(401, 403, 404, 422, 503, 507),
    summary="Begin a conversation",
)
async def begin(request: Request, given: ConversationIn) -> ConversationOut:
    """The greeting says that a machine answers."""
    conversation_id = f"c-{secrets.token_hex(16)}"
    conversation = Conversation(
        conversation_id=conversation_id,
        identity=await _identity(request, given, conversation_id),
        language=given.language,
        page_product_id=given.page_product_id,
    )
    reply = await _assistant(request).start(conversation)
    greeting = MessageOut.of_reply("greeting", reply, {})
    return ConversationOut(conversation_id=conversation.conversation_id, greeting=greeting)


@router.post(
    "/conversations/{conversation_id}/messages",
    responses={200: {"model": MessageOut}, **problems(401, 403, 404, 409, 422, 503, 507)},
    summary="Say something",
)
async def say(
    request: Request, conversation_id: _ConversationId, message: MessageIn, worker: WorkerDep
) -> Response:
    """The reply, within two seconds. Prices and stock of products are those of this moment."""
    await _own(request, conversation_id, message.visitor_id)
    message_id = message.message_id or new_id()
    async with watched(request) as is_wanted:
        said = await _assistant(request).say(
            conversation_id,
            message_id,
            message.text,
            page_product_id=message.page_product_id,
            language=message.language,
            client_address=queue_address(request),
            is_wanted=is_wanted,
        )
    products = worker.catalog.get_many(said.reply.product_ids)
    sent = MessageOut.of_reply(message_id, said.reply, products)
    if message.trace and said.taken is not None:
        sent.trace = [StepOut.of(step) for step in said.taken.steps]
    return Response(sent.model_dump_json(), media_type="application/json")


@router.get(
    "/conversations/{conversation_id}",
    responses=problems(401, 403, 404, 422, 503),
    summary="What was written",
)
async def read(
    request: Request,
    conversation_id: _ConversationId,
    worker: WorkerDep,
    after: Annotated[
        Id | None, Query(description="Id of a message: only what came after it")
    ] = None,
    visitor_id: Annotated[Id | None, Query(description="As at the beginning")] = None,
) -> MessagesOut:
    """The newest 200 messages, oldest first, with personal data masked; also what a person of the shop wrote since."""
    conversation = await _own(request, conversation_id, visitor_id)

    def stored(store: ConversationStore) -> list[StoredMessage]:
        seq = 0 if after is None else store.seq_of(conversation_id, after)
        return store.messages(conversation_id, after_seq=seq, most=_MOST_MESSAGES)

    messages = await _assistant(request).read(stored)
    ids = {i for m in messages if m.reply is not None for i in m.reply.product_ids}
    products = worker.catalog.get_many(sorted(ids)) if ids else {}
    return MessagesOut(
        conversation_id=conversation_id,
        is_handed_over=conversation.is_handed_over,
        messages=[MessageOut.of_stored(message, products) for message in messages],
    )


@router.post(
    "/conversations/{conversation_id}/feedback",
    status_code=204,
    responses=problems(401, 403, 404, 422, 503, 507),
    summary="What the shopper thinks of an answer",
)
async def give_feedback(
    request: Request, conversation_id: _ConversationId, feedback: FeedbackIn
) -> Response:
    """Thumbs for an answer, or whether the conversation resolved what was asked."""
    await _own(request, conversation_id, feedback.visitor_id)
    kind, message_id = feedback.feedback_kind(), feedback.answered_id()
    await _assistant(request).add_feedback(conversation_id, kind, message_id)
    return Response(status_code=204)


def _assistant(request: Request) -> Assistant:
    """
    Raises:
        NotFound: the shop has no customer service.
    """
    assistant: Assistant = request.app.state.assistant
    if not assistant.settings.enabled:
        raise NotFound("customer service is off", fix="set assist.enabled in shop.yaml")
    return assistant


async def _identity(request: Request, given: ConversationIn, conversation_id: str) -> Identity:
    """Who begins a conversation. What a message says of its author never counts.

    Raises:
        NotAllowed: the visitor id is not signed, or a shopper is named without a key.
        Forbidden: the key may not name shoppers.
    """
    access = access_of(request)
    signed_id, named_id = _visitor(request, given.visitor_id)
    if given.shopper_id is not None:
        access.require(request, Scope.DESK)  # also in a shop that believes any visitor id
    return await _assistant(request).identify(
        named_id or nobodys_id(conversation_id),
        shopper_id=given.shopper_id,
        is_signed=signed_id is not None,
    )


def _visitor(request: Request, given: str | None) -> tuple[str | None, str | None]:
    """The visitor whom a token or the cookie proves, and the one whom the request names, who may be another; None where there is none."""
    access = access_of(request)
    sender = access.sender(request, Scope.DESK)
    if given is None:
        return sender.cookie_id, sender.cookie_id
    return access.signed_visitor(given), sender.visitor(given)


async def _own(request: Request, conversation_id: str, given: str | None) -> Conversation:
    """The conversation, if it is the requester's. Another's is not there.

    Raises:
        NotFound: there is none, it is another visitor's, or it was erased.
    """
    assistant = _assistant(request)
    found = await assistant.read(lambda store: assistant.conversation(store, conversation_id))
    signed_id, named_id = _visitor(request, given)
    if belongs_to(found, signed_id=signed_id, named_id=named_id):
        return found
    access = access_of(request)
    key = access.find(request)
    if key is not None and key.allows(Scope.DESK):
        return found
    raise NotFound(
        "there is no such conversation, or it was erased",
        fix="begin one: POST /v1/assist/conversations",
    )
