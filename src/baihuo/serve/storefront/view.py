"""What templates show of a page: cards, reasons, notes; texts in the visitor's language, and money as people read it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from fastapi import Request

from baihuo.core import BrokenFile, Page, Placed, Product, Served, minor_unit_digits
from baihuo.serve.worker.worker import AnsweredPage

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
    ad_token: str = ""  # of an ad: what its impression and click are reported with


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


def with_ads(
    page_cards: list[Card],
    answer: AnsweredPage,
    products: Mapping[str, Product],
    translation: Translation,
    picture_hosts: Collection[str] = (),
) -> list[Card]:
    """The cards of a page with its ads between them, marked, with who pays and why they are here."""
    page = answer.served.page
    shown = list(page_cards)
    for ad in reversed(answer.ads):
        product = products.get(ad.product_id)
        before = next((p.position for p in page.placed[ad.before :]), None)
        place = next((i for i, c in enumerate(page_cards) if c.position == before), None)
        if product is None or place is None:
            continue
        origin = urlencode({"query_id": page.query_id, "surface": page.surface})
        why = translation.text(f"ad_reason_{ad.reason}")
        shown.insert(
            place,
            replace(
                _card(product, translation, picture_hosts),
                reason=translation.text("ad_by", advertiser=ad.advertiser, why=why),
                reason_code="ad",
                href=f"{product_path(product.product_id)}?{origin}",
                ad_token=ad.token,
            ),
        )
    return shown


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
    """Additional products of a page: nothing ranked them, so they have no position and no reason."""
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


LANGUAGE_COOKIE = "language"
_MAX_HEADER = 500  # characters of a header that are read
_VALUE_KINDS = ("attributes", "values", "categories", "brands", "units")


@dataclass(frozen=True, slots=True)
class Translation:
    """One language. A value that the shop does not translate is shown as it is stored."""

    language: str
    texts: dict[str, str]  # by key, with placeholders of ``str.format``
    shop_values: dict[str, dict[str, str]] = field(default_factory=dict)  # by kind, stored -> shown

    def text(self, key: str, *values: object, **named: object) -> str:
        """The text of ``key``, its placeholders filled."""
        return self.texts[key].format(*values, **named)

    def has(self, key: str) -> bool:
        """Whether there is a text of that key."""
        return key in self.texts

    def attribute(self, name: str) -> str:
        """The name of an attribute."""
        return self._shop_value("attributes", name)

    def category(self, name: str) -> str:
        """The name of one level of a category path."""
        return self._shop_value("categories", name)

    def brand(self, name: str) -> str:
        """The name of a brand."""
        return self._shop_value("brands", name)

    def value(self, name: str, value: str | float | bool) -> str:
        """A value of the attribute ``name``, with the unit of that attribute where the shop has one."""
        if isinstance(value, bool) or value in ("yes", "no", "true", "false"):
            return self.texts["yes" if value in (True, "yes", "true") else "no"]
        text = f"{value:g}" if isinstance(value, float) else str(value)
        unit = self.shop_values.get("units", {}).get(name, "")
        if unit and text.replace(".", "", 1).isdigit():
            return f"{text} {unit}"
        return self._shop_value("values", text)

    def _shop_value(self, kind: str, stored: str) -> str:
        return self.shop_values.get(kind, {}).get(stored, stored)


@cache
def builtin_texts() -> dict[str, dict[str, str]]:
    """The texts of the pages by language and key. Every language has every key."""
    texts: dict[str, dict[str, str]] = json.loads(
        Path(__file__).with_name("translations.json").read_text(encoding="utf-8")
    )
    return texts


def load_translations(shop: Path, languages: tuple[str, ...]) -> dict[str, Translation]:
    """The translation of each language that has texts; English where none has.

    ``SHOP/words/<language>.json`` translates the shop's own values: an object with any of
    ``attributes``, ``values``, ``categories``, ``brands`` and ``units``, each an object from the stored
    name to the one to show.

    Raises:
        BrokenFile: a file is not such an object.
    """
    texts = builtin_texts()
    known = tuple(language for language in languages if language in texts) or ("en",)
    return {
        language: Translation(
            language, texts[language], _shop_values(shop / "words" / f"{language}.json")
        )
        for language in known
    }


def _shop_values(path: Path) -> dict[str, dict[str, str]]:
    if not path.exists():
        return {}
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
        return {
            kind: {str(stored): str(shown) for stored, shown in content.get(kind, {}).items()}
            for kind in _VALUE_KINDS
        }
    except (ValueError, AttributeError) as error:
        raise BrokenFile(
            f"{path} is not a file of translations: {error}",
            fix='write {"attributes": {"Colour": "颜色"}, "values": {}, "categories": {}, "brands": {}, "units": {}}',
        ) from error


def language_of(request: Request, translations: dict[str, Translation]) -> str:
    """The language of the URL, else of the cookie, else the browser's first choice, else our first."""
    for language in (request.query_params.get("language"), request.cookies.get(LANGUAGE_COOKIE)):
        if language in translations:
            return str(language)
    for part in request.headers.get("accept-language", "")[:_MAX_HEADER].lower().split(","):
        language = part.split(";")[0].strip().split("-")[0]
        if language in translations:
            return language
    return next(iter(translations))


_SIGNS = {"CNY": "¥", "JPY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "KRW": "₩", "INR": "₹"}


@dataclass(frozen=True, slots=True)
class Price:
    """An amount in parts, so that a page can show the cents smaller."""

    sign: str
    whole: str
    cents: str

    def __str__(self) -> str:
        return f"{self.sign}{self.whole}{self.cents}"


def price_of(minor: int | None, currency: str | None) -> Price | None:
    """``124900, "CNY"`` is ¥1,249; whole amounts have no cents. None where there is no price."""
    if minor is None:
        return None
    n_digits = minor_unit_digits(currency)
    whole, cents = divmod(minor, 10**n_digits)
    sign = _SIGNS.get(currency or "", f"{currency} " if currency else "")
    return Price(sign, f"{whole:,}", f".{cents:0{n_digits}d}" if n_digits and cents else "")
