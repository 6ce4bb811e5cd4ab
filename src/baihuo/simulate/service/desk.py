"""How people at the desk answered: right mostly, with boilerplate around it, sometimes late, sometimes wrong."""

from __future__ import annotations

import random
from dataclasses import dataclass

from baihuo.simulate.service.order_book import OrderBook
from baihuo.simulate.service.wishes import Wish
from baihuo.simulate.service.word_lists import acts, entries, wordings

_P_GREETING, _P_CLOSING, _P_WAIT, _P_WRONG, _P_UNSURE, _P_HALF = 0.35, 0.3, 0.12, 0.05, 0.04, 0.1
_NAMES = ("Mei", "Tom", "小周", "小林")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the desk wrote, a message each, and whether it was right."""

    texts: list[str]
    is_answered: bool
    is_right: bool


def answer(wish: Wish, language: str, book: OrderBook, rng: random.Random) -> Answer:
    """An answer to a wish."""
    words = acts()["desk"]
    space = " " if language == "en" else ""
    if wish.kind == "thanks":
        return Answer([rng.choice(wordings(words["closings"][language]))], True, True)
    is_unsure = rng.random() < _P_UNSURE
    is_wrong = rng.random() < _P_WRONG and wish.kind == "faq"
    core = _unsure(language, rng) if is_unsure else _core(wish, language, book, rng, is_wrong)
    if rng.random() < _P_GREETING:
        greeting = rng.choice(wordings(words["greetings"][language]))
        core = greeting.format(name=rng.choice(_NAMES)) + space + core
    if rng.random() < _P_CLOSING:
        core += space + rng.choice(wordings(words["closings"][language]))
    texts = [core]
    if rng.random() < _P_WAIT:
        texts.insert(0, rng.choice(wordings(words["waits"][language])))
    return Answer(texts, not is_unsure, not is_unsure and not is_wrong)


def _unsure(language: str, rng: random.Random) -> str:
    return rng.choice(wordings(acts()["desk"]["unsure"][language]))


def _core(wish: Wish, language: str, book: OrderBook, rng: random.Random, is_wrong: bool) -> str:
    words = acts()["desk"]
    if wish.entry is not None:
        entry = wish.entry
        if is_wrong:
            entry = rng.choice([e for e in entries() if e is not wish.entry])
        text = entry.answer[language]
        end = ". " if language == "en" else "。"
        if rng.random() < _P_HALF and text.count(end.strip()) > 1:
            text = text.split(end)[0] + end.strip()  # in a hurry: the first sentence
        return text
    if wish.kind == "order":
        order = book.orders[wish.order_id]
        if wish.intent in ("track_order", "track_refund", "check_invoice"):
            tracking = order["fulfillments"][0]["tracking_id"][0] if order["fulfillments"] else ""
            text = str(words["order"][order["status"]][language])
            return text.format(order=wish.order_id, tracking=tracking)
        return str(words["done"][language]).format(order=wish.order_id)
    if wish.kind == "product":
        return str(words["product"][language]).format(
            product=book.products[wish.product_id]["short_name"]
        )
    return str(words[{"angry": "sorry"}.get(wish.kind, wish.kind)][language])
