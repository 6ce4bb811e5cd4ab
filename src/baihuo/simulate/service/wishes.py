"""What somebody wants of the desk, and the words for it."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from baihuo.simulate.service.order_book import OrderBook
from baihuo.simulate.service.word_lists import Entry, acts, entries, people, wordings
from baihuo.simulate.service.wording import Piece, as_people_write, fill, pick

_OPEN = ("cancel_order", "change_shipping_address", "change_payment")  # of orders not sent yet
_DONE = (
    "return_items",
    "exchange_items",
    "check_invoice",
    "get_refund",
)  # of orders that are there
_P_FITTING = 0.85  # that what is wanted fits how far the order is


@dataclass(frozen=True, slots=True)
class Wish:
    """One message, and what only the simulation knows of it."""

    kind: str  # faq, order, product, person, angry, off_topic, thanks
    intent: str
    pieces: list[Piece]
    entry: Entry | None = None
    order_id: str = ""
    product_id: str = ""
    refers_back: bool = False  # "it": what is meant was named before, or is the page's product


@dataclass(slots=True, eq=False)
class Wishes:
    """Draws wishes. One stream of chance, so that a seed gives one month."""

    book: OrderBook
    rng: random.Random
    category_words: dict[str, str]  # English category → Chinese
    _pools: dict[str, list[str]] = field(default_factory=dict)

    def faq(
        self,
        language: str,
        *,
        is_last_week: bool,
        near: Entry | None = None,
        entry: Entry | None = None,
    ) -> Wish:
        """A question that the FAQ answers; ``near``: of the same category as this one."""
        rng = self.rng
        pool = [e for e in entries() if near is None or e.category == near.category]
        entry = entry or rng.choice(pool)
        text = pick(
            (entry.question[language], *entry.asks[language]), rng, is_last_week=is_last_week
        )
        return Wish("faq", entry.intent, as_people_write([Piece(text)], language, rng), entry=entry)

    def order(self, language: str, order_id: str, *, is_last_week: bool, intent: str = "") -> Wish:
        """About one order of the shopper."""
        rng, words = self.rng, acts()["orders"]
        order = self.book.orders[order_id]
        if not intent:
            intent = rng.choice(self._fitting(order["status"]))
        options = wordings(words[intent][language])
        for form, share in (("pinyin", 0.05), ("mixed", 0.07)):
            if language == "zh" and form in words[intent] and rng.random() < share:
                options = wordings(words[intent][form])
        template = pick(options, rng, is_last_week=is_last_week)
        pieces = fill(template, self._values(language, order))
        return Wish("order", intent, as_people_write(pieces, language, rng), order_id=order_id)

    def follow_up(self, language: str, order_id: str) -> Wish:
        """Says "it" of an order that was named before."""
        intent = self.rng.choice(list(acts()["followups"]))
        text = self.rng.choice(wordings(acts()["followups"][intent][language]))
        return Wish("order", intent, [Piece(text)], order_id=order_id, refers_back=True)

    def product(self, language: str, product_id: str, *, is_last_week: bool) -> Wish:
        """About a product: of the page one is on ("this"), named, or described."""
        rng, words = self.rng, acts()["products"]
        intent = rng.choices(list(words), (3, 3, 4))[0]
        options = wordings(words[intent][language])
        for form in ("pinyin", "mixed"):
            if language == "zh" and form in words[intent] and rng.random() < 0.06:
                options = wordings(words[intent][form])
        template = pick(options, rng, is_last_week=is_last_week)
        values = self._product_values(language, self.book.products[product_id])
        is_page = "{product}" not in template and intent != "find_product"
        pieces = as_people_write(fill(template, values), language, rng)
        return Wish("product", intent, pieces, product_id=product_id, refers_back=is_page)

    def other(self, kind: str, language: str, *, is_last_week: bool) -> Wish:
        """Of one of the lists ``persons``, ``angry``, ``off_topic`` and ``thanks``."""
        intents = {
            "persons": "contact_human_agent",
            "angry": "complaint",
            "off_topic": "out_of_scope",
            "thanks": "",
        }
        names = {"persons": "person"}
        text = pick(wordings(acts()[kind][language]), self.rng, is_last_week=is_last_week)
        pieces = [Piece(text)]
        if kind in ("off_topic", "persons"):
            pieces = as_people_write(pieces, language, self.rng)
        return Wish(names.get(kind, kind), intents[kind], pieces)

    def _fitting(self, status: str) -> list[str]:
        every = list(acts()["orders"])
        if self.rng.random() > _P_FITTING:
            return every
        fitting = {"pending": _OPEN, "delivered": _DONE, "return requested": ("track_refund",)}
        return [*fitting.get(status, ()), "track_order"]

    def _values(self, language: str, order: dict[str, Any]) -> dict[str, str]:
        rng, words = self.rng, people()
        country = "CN" if language == "zh" else rng.choice(("GB", "US"))
        item = rng.choice(order["items"])
        street = rng.choice(words["streets"]["CN" if language == "zh" else "other"])
        number = rng.randint(1, 99)
        return {
            **self._product_values(language, self.book.products[item["product_id"]]),
            "order": str(order["order_id"]),
            "city": str(rng.choice(words["cities"][country])[0]),
            "street": f"{street}{number}号" if language == "zh" else f"{number} {street}",
        }

    def _product_values(self, language: str, product: dict[str, Any]) -> dict[str, str]:
        rng = self.rng
        sizes = [v["options"].get("size") for v in product["variants"].values()]
        known = [size for size in sizes if size] or ["M", "L", "42"]
        colours = {"en": ("black", "blue", "red", "white"), "zh": ("黑色", "蓝色", "红色", "白色")}
        price = min(v["price"] for v in product["variants"].values())
        category = (product["category"] or ["things"])[-1]
        return {
            "product": product["short_name"],
            "size": str(rng.choice(known)),
            "colour": rng.choice(colours[language]),
            "type": self.category_words.get(category, category)
            if language == "zh"
            else category.lower(),
            "price": str(max(10, round(price * 1.3 / 10) * 10)),
        }
