"""What templates show of a page: cards, reasons, notes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import quote, urlencode, urlsplit

from baihuo.core import Page, Placed, Product, Served
from baihuo.serve.storefront.money import Price, price_of
from baihuo.serve.storefront.translations import Translation

_MAX_TITLE = 30  # characters of a title inside a reason


@dataclass(frozen=True, slots=True)
class Card:
    """A product on a page."""

    product_id: str
    title: str
    brand: str
    price: Price | None
    price_minor: int | None
    currency: str | None
    picture: str
    reason: str
    reason_code: str
    position: int
    href: str
    is_sold_out: bool


def cards(
    served: Served,
    products: Mapping[str, Product],
    translation: Translation,
    picture_hosts: Collection[str] = (),
) -> list[Card]:
    """The products of a page that are still in the catalogue, in order."""
    page_cards = []
    for placed in served.page.placed:
        product = products.get(placed.product_id)
        if product is None:
            continue
        origin = {  # the events of the product page name it
            "query_id": served.page.query_id,
            "position": placed.position,
            "surface": served.page.surface,
        }
        page_cards.append(
            replace(
                _card(_as_shown(product, placed.variant_id), translation, picture_hosts),
                reason=reason_of(placed, served.page.surface, translation),
                reason_code=placed.reason,
                position=placed.position,
                href=f"{product_path(product.product_id)}?{urlencode(origin)}",
            )
        )
    return page_cards


def _as_shown(product: Product, variant_id: str) -> Product:
    """The product with the price and stock of its shown variant."""
    for variant in product.variants:
        if variant.variant_id == variant_id:
            price, stock = variant.price_minor, variant.stock_units
            is_out = product.stock_units is not None and product.stock_units < 1
            return replace(
                product,
                price_minor=product.price_minor if price is None else price,
                stock_units=product.stock_units if stock is None or is_out else stock,
            )
    return product


def plain_cards(
    product_ids: Iterable[str],
    products: Mapping[str, Product],
    translation: Translation,
    picture_hosts: Collection[str] = (),
) -> list[Card]:
    """Products beside a page: nothing ranked them, so they have no position and no reason."""
    return [
        _card(product, translation, picture_hosts)
        for product_id in product_ids
        if (product := products.get(product_id)) is not None
    ]


def _card(product: Product, translation: Translation, picture_hosts: Collection[str]) -> Card:
    return Card(
        product_id=product.product_id,
        title=title_of(product, translation.language),
        brand=translation.brand(product.brand) if product.brand else "",
        price=price_of(product.price_minor, product.currency),
        price_minor=product.price_minor,
        currency=product.currency,
        picture=picture_of(product, picture_hosts),
        reason="",
        reason_code="",
        position=0,
        href=product_path(product.product_id),
        is_sold_out=product.stock_units is not None and product.stock_units < 1,
    )


def title_of(product: Product, language: str) -> str:
    """The title in the language, else in the other one, else the product id."""
    first, second = product.title_en, product.title_zh
    if language == "zh":
        first, second = second, first
    return first or second or product.product_id


def product_path(product_id: str) -> str:
    """The path of a product's page."""
    return "/p/" + quote(product_id, safe="")


def picture_of(product: Product, hosts: Collection[str] = ()) -> str:
    """The URL of the first picture in the shop's folder or on one of ``hosts``, else of a placeholder.

    ``hosts`` are origins such as ``https://cdn.example.com``. The content security policy allows no others.
    """
    for image in product.images:
        folder, _, name = image.rpartition("/")
        if folder in ("pictures", "") and name:
            return f"/pictures/{name}"
        if hosts and (origin := _origin_of(image)) in hosts:
            return image if "://" in image else f"{origin.partition(':')[0]}:{image}"
    return f"/placeholders{product_path(product.product_id)[2:]}.svg"


def _origin_of(image: str) -> str:
    """Scheme and host of a URL; empty for one that a browser may parse differently."""
    if image.startswith("//"):
        image = f"https:{image}"
    if not image.isprintable() or "\\" in image:
        return ""
    try:
        parts = urlsplit(image)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}".lower()


def reason_of(placed: Placed, surface: str, translation: Translation) -> str:
    """Why a product is on the page; the code of the reason where there is no text for it."""
    key = f"reason_{placed.reason}"
    if translation.has(f"{key}_{surface}"):  # on a product page, "this" is that product
        return translation.text(f"{key}_{surface}")
    if placed.reason_detail and translation.has(key) and "{0}" in translation.texts[key]:
        return translation.text(key, _shorten(translation.brand(placed.reason_detail)))
    if translation.has(f"{key}_plain"):
        return translation.text(f"{key}_plain")
    if translation.has(key) and "{0}" not in translation.texts[key]:
        return translation.text(key)
    return placed.reason.replace("_", " ")


def _shorten(title: str) -> str:
    """The start of a title, cut between words where there are any."""
    if len(title) <= _MAX_TITLE:
        return title
    cut = title[:_MAX_TITLE].rsplit(" ", 1)[0]
    return f"{cut if len(cut) > _MAX_TITLE // 2 else title[:_MAX_TITLE]}…".replace(",…", "…")


def notes_of(page: Page, translation: Translation) -> list[str]:
    """The notes of a page that have a text; the others are for programs."""
    texts = []
    for note in page.notes:
        code, *values = note.split(":")
        key = f"note_{code}"
        if translation.has(key) and translation.texts[key].count("{") <= len(values):
            texts.append(translation.text(key, *values))
    return texts


def corrected_of(page: Page) -> list[tuple[str, str]]:
    """Words of the search that were corrected: as typed, and as searched."""
    notes = (note.split(":") for note in page.notes)
    return [
        (typed, used) for code, *words in notes if code == "corrected" for typed, used in [words]
    ]


def total_of(page: Page, translation: Translation) -> str:
    """The number of products; "at least" where counting stopped early."""
    if not page.total_is_exact:
        return translation.text("at_least_n_products", n=f"{page.total:,}")
    if page.total == 1:
        return translation.text("one_product")
    return translation.text("n_products", n=f"{page.total:,}")


def date_of(at_us: int | None) -> str | None:
    """The day in UTC, as in ``2026-11-26``."""
    if at_us is None:
        return None
    return datetime.fromtimestamp(at_us / 1e6, UTC).date().isoformat()
