"""Parts of the chat that the server renders: its panel with all texts in the page's language, and tiles of products."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from baihuo.core import Product
from baihuo.serve.storefront.pages import PageContextDep
from baihuo.serve.storefront.translations import Translation
from baihuo.serve.storefront.view import plain_cards

router = APIRouter(include_in_schema=False)
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
