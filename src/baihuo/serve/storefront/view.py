"""What templates show, made from what the ranker placed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urlencode, urlsplit

from baihuo.core import Page, Placed, Product, Served
from baihuo.serve.storefront.words import Words

# ISO 4217: currencies whose smallest unit is not a hundredth.
_EXPONENTS = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "KWD": 3, "BHD": 3, "TND": 3}
_SHORT = 30  # characters of a title inside a reason
_SIGNS = {"CNY": "¥", "JPY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "KRW": "₩", "INR": "₹"}


@dataclass(frozen=True, slots=True)
class Price:
    """Money in pieces, so that a page can set the cents smaller."""

    sign: str
    whole: str
    cents: str

    def __str__(self) -> str:
        return f"{self.sign}{self.whole}{self.cents}"


def exponent_of(currency: str | None) -> int:
    """How many digits the smallest unit of a currency takes: 2 for cents."""
    return _EXPONENTS.get(currency or "", 2)


def price_of(minor: int | None, currency: str | None) -> Price | None:
    """``124900, "CNY"`` is ¥1,249.00; whole amounts go without cents."""
    if minor is None:
        return None
    exponent = exponent_of(currency)
    whole, cents = divmod(minor, 10**exponent)
    sign = _SIGNS.get(currency or "", f"{currency} " if currency else "")
    return Price(sign, f"{whole:,}", f".{cents:0{exponent}d}" if exponent and cents else "")


@dataclass(frozen=True, slots=True)
class Card:
    """One placed product."""

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
    words: Words,
    picture_hosts: Collection[str] = (),
) -> list[Card]:
    """The placed products that are still there, in order."""
    made = []
    for placed in served.page.placed:
        product = products.get(placed.product_id)
        if product is None:
            continue
        context = {
            "query_id": served.page.query_id,
            "position": placed.position,
            "surface": served.page.surface,
        }
        made.append(
            Card(
                product_id=product.product_id,
                title=title_of(product, words.language),
                brand=words.brand(product.brand) if product.brand else "",
                price=price_of(product.price_minor, product.currency),
                price_minor=product.price_minor,
                currency=product.currency,
                picture=picture_of(product, picture_hosts),
                reason=reason_of(placed, served.page.surface, words),
                reason_code=placed.reason,
                position=placed.position,
                href=f"{product_path(product.product_id)}?{urlencode(context)}",
                is_sold_out=product.stock_units is not None and product.stock_units < 1,
            )
        )
    return made


def title_of(product: Product, language: str) -> str:
    first, second = product.title_en, product.title_zh
    if language == "zh":
        first, second = second, first
    return first or second or product.product_id


def product_path(product_id: str) -> str:
    return "/p/" + quote(product_id, safe="")


def picture_of(product: Product, hosts: Collection[str] = ()) -> str:
    """The first picture of the shop's own folder or of ``hosts``, else a drawn placeholder.

    ``hosts`` are origins, ``https://cdn.example.com``; the page's security policy allows no others.
    """
    for image in product.images:
        folder, _, name = image.rpartition("/")
        if folder in ("pictures", "") and name:
            return f"/pictures/{name}"
        if hosts and (origin := _origin_of(image)) in hosts:
            return image if "://" in image else f"{origin.partition(':')[0]}:{image}"
    return f"/placeholders{product_path(product.product_id)[2:]}.svg"


def _origin_of(image: str) -> str:
    """Scheme and host of an address; nothing for what a browser may read in another way."""
    if image.startswith("//"):
        image = f"https:{image}"
    if not image.isprintable() or "\\" in image:
        return ""
    try:
        parts = urlsplit(image)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}".lower()


def reason_of(placed: Placed, surface: str, words: Words) -> str:
    """Why a product is on the page, in words; a reason without words of ours says its code."""
    key = f"reason_{placed.reason}"
    if words.has(f"{key}_{surface}"):  # beside a product, "this" is that product
        return words.say(f"{key}_{surface}")
    if placed.reason_detail and words.has(key) and "{0}" in words.texts[key]:
        return words.say(key, _short(words.brand(placed.reason_detail)))
    if words.has(f"{key}_plain"):
        return words.say(f"{key}_plain")
    if words.has(key) and "{0}" not in words.texts[key]:
        return words.say(key)
    return placed.reason.replace("_", " ")


def _short(title: str) -> str:
    """The start of a title, cut between words where it has any."""
    if len(title) <= _SHORT:
        return title
    cut = title[:_SHORT].rsplit(" ", 1)[0]
    return f"{cut if len(cut) > _SHORT // 2 else title[:_SHORT]}…".replace(",…", "…")


def notes_of(page: Page, words: Words) -> list[str]:
    """What the page says of itself; notes without words of ours are for machines."""
    said = []
    for note in page.notes:
        code, *values = note.split(":")
        key = f"note_{code}"
        if words.has(key) and words.texts[key].count("{") <= len(values):
            said.append(words.say(key, *values))
    return said


def total_of(page: Page, words: Words) -> str:
    """How many products there are, honestly."""
    if not page.total_is_exact:
        return words.say("at_least_n_products", n=f"{page.total:,}")
    if page.total == 1:
        return words.say("one_product")
    return words.say("n_products", n=f"{page.total:,}")


def date_of(at_us: int | None) -> str | None:
    if at_us is None:
        return None
    return datetime.fromtimestamp(at_us / 1e6, UTC).date().isoformat()
