"""Conversations with customer service.

Who writes is the visitor of a signed id, or of the storefront's cookie. A conversation without either is known by its id alone, which
cannot be guessed. Whose orders may be spoken of, only a server with a key may say.
"""

from __future__ import annotations

import secrets
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from baihuo.access import Scope
from baihuo.assist import (
    Author,
    Conversation,
    ConversationStore,
    FeedbackKind,
    Identity,
    Reply,
    StoredMessage,
    TurnStep,
    opens_text,
)
from baihuo.core import NotFound, Product
from baihuo.serve.api.access import access_of
from baihuo.serve.api.dependencies import StrictRoute, WorkerDep, problems, watched
from baihuo.serve.api.desk_room import desk_room_of, queue_address
from baihuo.serve.api.fields import Id
from baihuo.serve.ids import new_id, nobodys_id, now_us
from baihuo.serve.worker.assistant import Assistant, belongs_to

MAX_TEXT = 20_000
Text = Annotated[str, StringConstraints(max_length=MAX_TEXT)]
_REPLY = ":reply"


class ConversationIn(BaseModel):
    """Who begins a conversation."""

    model_config = ConfigDict(extra="forbid")

    visitor_id: Id | None = Field(
        default=None,
        description="The browser or account, signed unless a key comes with it; left out: the visitor of the storefront's cookie, else no visitor",
    )
    shopper_id: Id | None = Field(
        default=None,
        description="Whose orders may be spoken of, as your server knows who is logged in. Needs a key with the scope `desk`",
    )
    language: Literal["en", "zh"] | None = Field(default=None, description="Of the page")
    page_product_id: Id | None = Field(default=None, description="The product of the page")


class MessageIn(BaseModel):
    """What a shopper writes."""

    model_config = ConfigDict(extra="forbid")

    text: Text = Field(
        description="Of a long text, the first and the last 1,000 characters are read",
        examples=["Where is my order?"],
    )
    message_id: Id | None = Field(
        default=None,
        description="Made by the client: sent again with the same id, a message gets the reply of the first time, and nothing is done twice",
    )
    visitor_id: Id | None = Field(default=None, description="As at the beginning")
    language: Literal["en", "zh"] | None = Field(default=None, description="Of the page")
    page_product_id: Id | None = Field(default=None, description="The product of the page")
    trace: bool = Field(default=False, description="Adds what each stage found, and its time")


class FeedbackIn(BaseModel):
    """What a shopper thinks of an answer, or of the whole conversation. The last word counts."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["thumbs_up", "thumbs_down", "resolved", "not_resolved"]
    message_id: Id | None = Field(
        default=None, description="Of the answer, or of the message that it answers"
    )
    visitor_id: Id | None = Field(default=None, description="As at the beginning")

    def feedback_kind(self) -> FeedbackKind:
        """As it is kept."""
        return FeedbackKind(self.kind)

    def answered_id(self) -> str | None:
        """The id of the shopper's message."""
        return None if self.message_id is None else self.message_id.removesuffix(_REPLY)


class SentenceOut(BaseModel):
    """A sentence, and what it rests on. Without a source it is a set phrase that states no fact."""

    text: str
    source_ids: list[str]


class TileOut(BaseModel):
    """A product, with price and stock as they are now."""

    product_id: str
    title: str
    price_minor: int | None
    currency: str | None
    in_stock: bool
    address: str = Field(description="Its page in the storefront")

    @classmethod
    def of(cls, product: Product, language: str) -> TileOut:
        """As it is sent."""
        title = product.title_zh if language == "zh" else product.title_en
        units = product.stock_units
        return cls(
            product_id=product.product_id,
            title=title or product.title,
            price_minor=product.price_minor,
            currency=product.currency,
            in_stock=units is None or units > 0,
            address=f"/p/{product.product_id}",
        )


class OrderOut(BaseModel):
    """An order of the identified shopper, as it was when the reply was made; in the language of the reply."""

    order_id: str
    status: str | None = None
    items: str | None = Field(default=None, description="What was ordered, with prices")
    total: str | None = None


def _order(reply: Reply, order_id: str) -> OrderOut:
    facts = reply.order_facts.get(order_id, {})
    shown = {name: facts.get(name) for name in ("status", "items", "total")}
    return OrderOut(order_id=order_id, **shown)


class StepOut(BaseModel):
    """The trace of one stage."""

    stage: str
    ms: float
    note: str
    failure: str

    @classmethod
    def of(cls, step: TurnStep) -> StepOut:
        """As it is sent."""
        return cls(stage=step.stage, ms=step.ms, note=step.note, failure=step.failure)


class MessageOut(BaseModel):
    """One message of a conversation; of the machine with all that it shows."""

    message_id: str
    author: Literal["shopper", "machine", "desk"]
    text: str
    at_us: int | None = Field(default=None, description="Our clock, microseconds since 1970, UTC")
    language: str | None = None
    sentences: list[SentenceOut] = []
    source_ids: list[str] = []
    products: list[TileOut] = []
    orders: list[OrderOut] = []
    options: list[str] = Field(default=[], description="To tap instead of typing")
    is_generated: bool = Field(
        default=False, description="Rephrased by a generative model, and checked"
    )
    is_handed_over: bool = Field(default=False, description="A person answers from here on")
    trace: list[StepOut] = []

    @classmethod
    def of_reply(
        cls, message_id: str, reply: Reply, products: dict[str, Product], at_us: int | None = None
    ) -> MessageOut:
        """The reply to the message of that id."""
        return cls(
            message_id=f"{message_id.removesuffix(_REPLY)}{_REPLY}",
            author="machine",
            text=reply.text,
            at_us=at_us,
            language=reply.language,
            sentences=[
                SentenceOut(text=s.text, source_ids=list(s.source_ids)) for s in reply.sentences
            ],
            source_ids=list(reply.source_ids),
            products=[
                TileOut.of(products[i], reply.language) for i in reply.product_ids if i in products
            ],
            orders=[_order(reply, order_id) for order_id in reply.order_ids],
            options=list(reply.options),
            is_generated=reply.is_generated,
            is_handed_over=reply.is_handed_over,
        )

    @classmethod
    def of_stored(cls, stored: StoredMessage, products: dict[str, Product]) -> MessageOut:
        """A message as it was written down: personal data in it is masked."""
        message = stored.message
        if stored.reply is not None:
            return cls.of_reply(message.message_id, stored.reply, products, message.at_us)
        author: Literal["shopper", "desk"] = "desk" if message.author is Author.DESK else "shopper"
        return cls(
            message_id=message.message_id,
            author=author,
            text=message.text,
            at_us=message.at_us,
            source_ids=list(message.source_ids),
        )


class ConversationOut(BaseModel):
    """A conversation that was begun."""

    conversation_id: str
    is_machine: Literal[True] = True
    greeting: MessageOut


class MessagesOut(BaseModel):
    """What was written, oldest first."""

    conversation_id: str
    is_handed_over: bool
    messages: list[MessageOut]


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
    reply = await assistant_of(request).start(conversation)
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
        turn = await assistant_of(request).say(
            conversation_id,
            message_id,
            message.text,
            page_product_id=message.page_product_id,
            language=message.language,
            client_address=queue_address(request),
            is_wanted=is_wanted,
        )
    products = worker.catalog.get_many(turn.reply.product_ids)
    sent = MessageOut.of_reply(message_id, turn.reply, products)
    if message.trace and turn.taken is not None:
        sent.trace = [StepOut.of(step) for step in turn.taken.steps]
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

    messages = await assistant_of(request).read(stored)
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
    await assistant_of(request).add_feedback(conversation_id, kind, message_id)
    return Response(status_code=204)


def assistant_of(request: Request) -> Assistant:
    """Customer service of this process.

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
    return await assistant_of(request).identify(
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
    assistant = assistant_of(request)
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


class DeskOut(BaseModel):
    """The desk as a shopper sees it."""

    is_open: bool = Field(description="Somebody is on duty, within the opening hours.")
    opens: str = Field(
        default="",
        description="Outside of the hours: when they begin, as a text. Empty: within them, or there are none.",
        examples=["on Monday at 09:00 (Europe/Berlin)"],
    )


@router.get("/desk", responses=problems(422), summary="Whether a person answers now")
def desk(
    request: Request,
    language: Annotated[Literal["en", "zh"], Query(description="Of `opens`.")] = "en",
) -> DeskOut:
    """A conversation that was handed over waits until somebody is there. It says nothing of who."""
    room = desk_room_of(request)
    state = room.state(at_us=now_us())
    return DeskOut(is_open=state.is_open, opens=opens_text(state, language))
