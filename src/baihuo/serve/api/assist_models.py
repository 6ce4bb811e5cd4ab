"""Conversations with customer service, in requests and responses."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from baihuo.assist import Author, FeedbackKind, Reply, StoredMessage, TurnStep
from baihuo.core import Product
from baihuo.serve.api.value_types import Id

MAX_TEXT = 20_000
Text = Annotated[str, StringConstraints(max_length=MAX_TEXT)]
_REPLY = ":reply"


class ConversationIn(BaseModel):
    """Who begins a conversation."""

    model_config = ConfigDict(extra="forbid")

    visitor_id: Id | None = Field(
        default=None,
        description="The browser or account, signed unless a key comes with it; left out: the visitor of the storefront's cookie, else nobody",
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
