"""A month of conversations, and the truth of every message of a shopper."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from baihuo.simulate.service import desk
from baihuo.simulate.service.order_book import OrderBook
from baihuo.simulate.service.wishes import Wish, Wishes
from baihuo.simulate.service.word_lists import CATEGORIES
from baihuo.simulate.service.wording import joined

DAY_US = 86_400_000_000
MONTH_DAYS = 30
LAST_WEEK_DAYS = 7
_KINDS = {"faq": 52, "order": 24, "product": 11, "person": 3, "angry": 3, "off_topic": 7}
_P_KNOWN = 0.7  # that the shop knows who writes
_P_MORE, _P_THANKS = 0.38, 0.25


@dataclass(frozen=True, slots=True)
class Talk:
    """One conversation as the shop has it, and what was meant."""

    conversation: dict[str, Any]
    truth: list[dict[str, Any]]


def month(book: OrderBook, wishes: Wishes, *, until_us: int, n: int) -> Iterator[Talk]:
    """``n`` conversations in the order of time; the last week has wordings that no earlier one has."""
    rng = wishes.rng
    starts = sorted(until_us - int(rng.random() * MONTH_DAYS * DAY_US) for _ in range(n))
    shoppers = [u for u, user in book.users.items() if user["orders"]]
    visitors = {user_id: user["visitor_ids"] for user_id, user in book.users.items()}
    for i, at_us in enumerate(starts):
        user_id = rng.choice(shoppers)
        is_last_week = at_us > until_us - LAST_WEEK_DAYS * DAY_US
        yield _talk(f"c{i + 1:05d}", at_us, user_id, visitors[user_id][0], wishes, is_last_week)


def _talk(
    conversation_id: str,
    at_us: int,
    user_id: str,
    visitor_id: str,
    wishes: Wishes,
    is_last_week: bool,
) -> Talk:
    rng, book = wishes.rng, wishes.book
    language = book.language[user_id]
    kind = rng.choices(list(_KINDS), list(_KINDS.values()))[0]
    page = rng.choice(list(book.products)) if kind == "product" or rng.random() < 0.2 else None
    order_id = rng.choice(book.users[user_id]["orders"])
    is_known = kind == "order" or rng.random() < _P_KNOWN
    about: dict[str, Any] = {
        "conversation_id": conversation_id,
        "language": language,
        "visitor_id": visitor_id,
        "shopper_id": user_id if is_known else None,
        "page_product_id": page,
    }
    messages: list[dict[str, Any]] = []
    truth: list[dict[str, Any]] = []
    wish: Wish | None = _first(kind, language, order_id, page, wishes, is_last_week)
    now_us = at_us
    while wish is not None:
        text, spans = joined(wish.pieces)
        message_id = f"{conversation_id}-{len(messages) + 1}"
        messages.append(_message(message_id, "shopper", text, now_us))
        answer = desk.answer(wish, language, book, rng)
        truth.append(
            {
                **about,
                "message_id": message_id,
                "text": text,
                "is_last_week": is_last_week,
                "kind": wish.kind,
                "intent": wish.intent,
                "category": CATEGORIES.get(wish.intent, ""),
                "entities": [asdict(span) for span in spans],
                "entry_id": wish.entry.entry_id if wish.entry else "",
                "right_answers": dict(wish.entry.answer) if wish.entry else {},
                "order_id": wish.order_id,
                "product_id": wish.product_id,
                "refers_back": wish.refers_back,
                "is_answered": answer.is_answered,
                "is_answered_right": answer.is_right,
            }
        )
        for reply in answer.texts:
            now_us += int(rng.uniform(8, 90) * 1_000_000)
            name = f"{conversation_id}-{len(messages) + 1}"
            messages.append(_message(name, "desk", reply, now_us))
        now_us += int(rng.uniform(5, 120) * 1_000_000)
        wish = _next(wish, language, wishes, is_last_week, n_said=len(truth))
    return Talk({**about, "messages": messages}, truth)


def _first(
    kind: str,
    language: str,
    order_id: str,
    page: str | None,
    wishes: Wishes,
    is_last_week: bool,
) -> Wish:
    if kind == "faq":
        return wishes.faq(language, is_last_week=is_last_week)
    if kind == "order":
        return wishes.order(language, order_id, is_last_week=is_last_week)
    if kind == "product" and page is not None:
        return wishes.product(language, page, is_last_week=is_last_week)
    listed = {"person": "persons"}
    return wishes.other(listed.get(kind, kind), language, is_last_week=is_last_week)


def _next(
    last: Wish, language: str, wishes: Wishes, is_last_week: bool, *, n_said: int
) -> Wish | None:
    """What comes after an answer; None: nothing."""
    rng = wishes.rng
    if last.kind in ("thanks", "off_topic") or n_said >= 6:
        return None
    if rng.random() < _P_MORE:
        if last.kind == "order" and last.order_id and rng.random() < 0.6:
            return wishes.follow_up(language, last.order_id)
        return wishes.faq(language, is_last_week=is_last_week, near=last.entry)
    if rng.random() < _P_THANKS:
        return wishes.other("thanks", language, is_last_week=is_last_week)
    return None


def _message(message_id: str, author: str, text: str, at_us: int) -> dict[str, Any]:
    return {"message_id": message_id, "author": author, "text": text, "at_us": at_us}


def rng_of(seed: int, purpose: str) -> random.Random:
    """Chance of one purpose: ``"month"`` and ``"labelled"`` of the shop; ``"reporting"`` for what is measured on a month
    that nothing was chosen on."""
    return random.Random(f"service:{seed}:{purpose}")
