"""Customer service as a plain page with a form, for browsers without scripts. The same conversations as the API has."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from baihuo.assist import Conversation, StoredMessage, opens_text
from baihuo.core import BadInput, NotFound, Product, ShopError
from baihuo.serve.api.dependencies import watched
from baihuo.serve.api.desk_room import desk_room_of, queue_address
from baihuo.serve.api.people import require_same_origin
from baihuo.serve.api.routes.assist import MAX_TEXT, assistant_of
from baihuo.serve.ids import nobodys_id, now_us
from baihuo.serve.storefront.layout import PageContext
from baihuo.serve.storefront.pages import PageContextDep
from baihuo.serve.storefront.view import Card, Translation, plain_cards
from baihuo.serve.worker.assistant import belongs_to

router = APIRouter(include_in_schema=False)
_MAX_ID, _MAX_FIELDS, _MAX_FORM = 256, 20, 100_000
_MOST_MESSAGES = 100
_FIRST = ("assist_ask_order", "assist_ask_return", "assist_ask_delivery", "assist_ask_person")


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """A message as the page shows it."""

    message_id: str
    author: str
    text: str
    sources: list[str]
    cards: list[Card]
    orders: list[str]
    options: tuple[str, ...]


@router.get("/assist")
async def assist_page(context: PageContextDep) -> Response:
    """The conversation that the address names, or the beginning of one."""
    parameters = context.request.query_params
    conversation_id = parameters.get("conversation", "")[:_MAX_ID]
    product = parameters.get("product", "")[:_MAX_ID]
    return await _page(context, conversation_id, product)


@router.post("/assist")
async def say(context: PageContextDep) -> Response:
    """A message of the form. The page comes back by GET, so that a reload sends nothing twice."""
    require_same_origin(context.request)
    form = await _form(context)
    text, product = form.get("text", "").strip(), form.get("product", "")[:_MAX_ID]
    conversation_id = form.get("conversation", "")[:_MAX_ID]
    try:
        if not text:
            return await _page(context, conversation_id, product)
        conversation_id = conversation_id or await _begin(context, product)
        await _own(context, conversation_id)
        async with watched(context.request) as is_wanted:
            await assistant_of(context.request).say(
                conversation_id,
                form.get("message_id", "")[:_MAX_ID] or _message_id(),
                text[:MAX_TEXT],
                page_product_id=product or None,
                language="zh" if context.language == "zh" else "en",
                client_address=queue_address(context.request),
                is_wanted=is_wanted,
            )
    except NotFound:  # forgotten, or of another browser: the next message begins a new one
        return await _page(context, "", product, typed=text)
    except ShopError as error:
        problem = f"{error.what} → {error.fix}"
        return await _page(context, conversation_id, product, typed=text, problem=problem)
    return RedirectResponse(f"{_address(conversation_id, product)}#chat-text", status_code=303)


async def _form(context: PageContext) -> dict[str, str]:
    """
    Raises:
        BadInput: it is no form.
    """
    body = await context.request.body()
    try:
        return dict(
            parse_qsl(
                body[:_MAX_FORM].decode("utf-8"),
                keep_blank_values=True,
                max_num_fields=_MAX_FIELDS,
                errors="strict",
            )
        )
    except ValueError:
        raise BadInput("the form cannot be read", fix="open /assist again") from None


async def _begin(context: PageContext, product: str) -> str:
    conversation_id = f"c-{secrets.token_hex(16)}"
    # A browser that takes no cookies is known by the id of its conversation alone.
    signed_id = _signed_id(context)
    identity = await assistant_of(context.request).identify(
        signed_id or nobodys_id(conversation_id), shopper_id=None, is_signed=signed_id is not None
    )
    conversation = Conversation(
        conversation_id=conversation_id,
        identity=identity,
        language="zh" if context.language == "zh" else "en",
        page_product_id=product or None,
    )
    await assistant_of(context.request).start(conversation)
    return conversation.conversation_id


async def _own(context: PageContext, conversation_id: str) -> Conversation:
    """
    Raises:
        NotFound: there is none of that id for this visitor.
    """
    assistant = assistant_of(context.request)
    found = await assistant.read(lambda store: assistant.conversation(store, conversation_id))
    signed_id = _signed_id(context)
    if not belongs_to(found, signed_id=signed_id, named_id=signed_id):
        raise NotFound("there is no such conversation", fix="begin one: /assist")
    return found


def _signed_id(context: PageContext) -> str | None:
    """The visitor of the cookie."""
    return None if context.is_new else context.visitor_id


async def _page(
    context: PageContext,
    conversation_id: str,
    product: str,
    *,
    typed: str = "",
    problem: str = "",
) -> Response:
    conversation, messages = None, []
    if conversation_id:
        try:
            conversation = await _own(context, conversation_id)
            messages = await assistant_of(context.request).read(
                lambda store: store.messages(conversation_id, most=_MOST_MESSAGES)
            )
        except NotFound:
            conversation_id = ""
    else:
        assistant_of(context.request)
    hidden = [
        ("conversation", conversation_id),
        ("product", product),
        ("message_id", _message_id()),
    ]
    shown = [_shown(context, m) for m in messages]
    first = tuple(map(context.translation.text, _FIRST))
    return context.page(
        "assist.html",
        conversation=conversation_id,
        product=product,
        messages=shown,
        options=shown[-1].options if shown else first,
        hidden=[(name, value) for name, value in hidden if value],
        state=_desk(context) if conversation is not None and conversation.is_handed_over else "",
        look=f"{_address(conversation_id, product)}#chat-text",
        typed=typed,
        problem=problem,
        most=MAX_CHARACTERS,
        has_assist=False,  # the page itself is the chat
    )


def _shown(context: PageContext, stored: StoredMessage) -> ShownMessage:
    message, reply, translation = stored.message, stored.reply, context.translation
    ids = list(reply.product_ids[:MAX_TILES]) if reply else []
    products: dict[str, Any] = context.worker.catalog.get_many(ids) if ids else {}
    kinds = dict.fromkeys(i.split(":")[0] for i in message.source_ids)
    sources = (f"assist_source_{kind}" for kind in kinds)
    return ShownMessage(
        message.message_id,
        message.author,
        message.text,
        [translation.text(key) for key in sources if translation.has(key)],
        plain_cards(ids, products, translation, context.storefront.picture_hosts),
        list(reply.order_ids) if reply else [],
        reply.options if reply else (),
    )


def _desk(context: PageContext) -> str:
    """Whether somebody answers now."""
    state = desk_room_of(context.request).state(at_us=now_us())
    if state.is_open:
        return context.translation.text("assist_waiting")
    opens = opens_text(state, "zh" if context.language == "zh" else "en")
    if opens:
        return context.translation.text("assist_desk_opens", at=opens)
    return context.translation.text("assist_desk_away")


def _address(conversation_id: str, product: str) -> str:
    fields = {"conversation": conversation_id, "product": product}
    return f"/assist?{urlencode({k: v for k, v in fields.items() if v})}"


def _message_id() -> str:
    return f"m-{secrets.token_hex(12)}"


MAX_TILES = 8
MAX_CHARACTERS = 2_000  # of a message that is typed; the API says what becomes of longer ones
_FEW = 5
_TEXTS = (
    "assist_you",
    "assist_by_machine",
    "assist_by_desk",
    "assist_hello",
    "assist_hello_product",
    "assist_ask_order",
    "assist_ask_return",
    "assist_ask_delivery",
    "assist_ask_person",
    "assist_typing",
    "assist_not_sent",
    "assist_refused",
    "assist_again",
    "assist_offline",
    "assist_busy",
    "assist_helpful",
    "assist_not_helpful",
    "assist_thanks",
    "assist_solved",
    "assist_yes",
    "assist_no",
    "assist_waiting",
    "assist_desk_away",
    "assist_desk_opens",
    "assist_paused",
    "assist_look",
    "assist_news",
    "assist_order",
    "assist_total",
    "assist_sources",
    "assist_source_faq",
    "assist_source_answer",
    "assist_source_product",
    "assist_source_review",
    "assist_source_order",
    "assist_source_policy",
)


@router.get("/assist/panel")
async def panel(context: PageContextDep) -> Response:
    """The empty panel of the chat. Its script fetches it once somebody opens it."""
    texts = context.translation.texts
    names = {key.removeprefix("assist_"): texts[key] for key in _TEXTS}
    return context.page("_assist_panel.html", texts=names, most=MAX_CHARACTERS)


@router.get("/assist/tiles")
async def tiles(context: PageContextDep) -> Response:
    """Products as tiles, with picture, title, price and stock as they are now. Ids that are not in the catalogue are left out."""
    ids = list(dict.fromkeys(context.request.query_params.getlist("id")))[:MAX_TILES]
    products = context.worker.catalog.get_many(ids)
    translation = context.translation
    shown = plain_cards(ids, products, translation, context.storefront.picture_hosts)
    tiles = [(c, *_stock_of(products[c.product_id], translation)) for c in shown]
    return context.page("_assist_tiles.html", tiles=tiles)


def _stock_of(product: Product, translation: Translation) -> tuple[str, str]:
    """What a product page says of the stock, and its class."""
    units = product.stock_units
    if units is not None and units < 1:
        return translation.text("sold_out"), "out"
    if units is not None and units <= _FEW:
        return translation.text("few_left", n=units), "few"
    return translation.text("in_stock"), "in"
