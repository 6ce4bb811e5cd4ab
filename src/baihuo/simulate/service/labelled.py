"""Utterances that the desk labelled, in the columns of the public data sets for support; and past pairs."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from baihuo.simulate.service.wishes import Wish, Wishes
from baihuo.simulate.service.word_lists import CATEGORIES, acts, entries
from baihuo.simulate.service.wording import joined

_HALF = ("faq", "order", "faq", "product", "faq", "order", "faq", "faq", "order", "faq")
_KINDS = (*_HALF, "persons", *_HALF)  # in turn
COLUMNS = (
    "utterance",
    "intent",
    "entity_type",
    "entity_value",
    "start_offset",
    "end_offset",
    "category",
    "tags",
)


def write_utterances(path: Path, wishes: Wishes, *, n: int) -> None:
    """``n`` labelled utterances, in both languages alike. One with several entities has a row for each."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(COLUMNS)
        for i in range(n):
            wish = _wish(wishes, "en" if i % 2 else "zh", i // 2)
            text, spans = joined(wish.pieces)
            entities: list[tuple[Any, ...]] = [(s.kind, s.value, s.start, s.end) for s in spans]
            for entity in entities or [("", "", "", "")]:
                rows.writerow((text, wish.intent, *entity, CATEGORIES[wish.intent], "B"))


def _wish(wishes: Wishes, language: str, number: int) -> Wish:
    """Entries of the FAQ and acts in turn, so that each intent has its share; people label what they have few of."""
    rng, book = wishes.rng, wishes.book
    kind = _KINDS[number % len(_KINDS)]
    if kind == "faq":
        n_before = number // len(_KINDS) * _KINDS.count("faq")
        n_before += _KINDS[: number % len(_KINDS)].count("faq")
        entry = entries()[n_before % len(entries())]
        return wishes.faq(language, is_last_week=False, entry=entry)
    if kind == "order":
        order_id, acts_of = rng.choice(list(book.orders)), list(acts()["orders"])
        intent = acts_of[number // 4 % len(acts_of)]
        return wishes.order(language, order_id, is_last_week=False, intent=intent)
    if kind == "product":
        return wishes.product(language, rng.choice(list(book.products)), is_last_week=False)
    return wishes.other(kind, language, is_last_week=False)


def write_messages(path: Path, conversations: Sequence[dict[str, Any]]) -> None:
    """Past conversations as a table: conversation_id, at, author and text, as other systems export them."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("conversation_id", "at", "author", "text"))
        for one in conversations:
            for message in one["messages"]:
                at = datetime.fromtimestamp(message["at_us"] // 1_000_000, UTC)
                when = at.strftime("%Y-%m-%dT%H:%M:%SZ")
                rows.writerow((one["conversation_id"], when, message["author"], message["text"]))


def pairs(conversations: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """A question of a shopper with what the desk answered it, and the messages before."""
    for one in conversations:
        before: list[str] = []
        messages = one["messages"]
        for i, message in enumerate(messages):
            if message["author"] == "shopper":
                answers = []
                for reply in messages[i + 1 :]:
                    if reply["author"] == "shopper":
                        break
                    answers.append(reply["text"])
                yield {
                    "question": message["text"],
                    "answer": " ".join(answers),
                    "context": before[-4:],
                    "language": one["language"],
                    "author": "desk",
                    "at_us": message["at_us"],
                    "conversation_id": one["conversation_id"],
                    "message_id": message["message_id"],
                }
            before.append(message["text"])
