"""Conversations of which it is known what each message meant, from ``8-assist/truth.jsonl`` or another file of that form."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

from baihuo.assist.turns import Entity, Language
from baihuo.core import BadInput, NotFound

WishKind: TypeAlias = Literal["faq", "order", "product", "person", "angry", "off_topic", "thanks"]
"""What is wanted: a fact that the FAQ has, something of an order, of a product, a person, nothing of the shop's, nothing at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueTurn:
    """A message of a shopper, and what was meant."""

    text: str
    kind: WishKind
    intent: str = ""
    entities: tuple[Entity, ...] = ()
    right_answers: tuple[str, ...] = ()  # in any language
    order_id: str = ""
    product_id: str = ""
    is_new_wording: bool = False  # said in a week of which nothing was learned


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueConversation:
    """A conversation, and who wrote."""

    conversation_id: str
    language: Language
    visitor_id: str
    shopper_id: str | None
    page_product_id: str | None
    turns: tuple[TrueTurn, ...]


def read_conversation_truth(path: Path) -> list[TrueConversation]:
    """Conversations in the order of the file: JSON lines, a message of a shopper each.

    Raises:
        NotFound: there is no file.
        BadInput: a line is not of the form; the message names it.
    """
    if not path.is_file():
        raise NotFound(
            f"there is no {path}: it is not known what messages meant",
            fix="name a file that says it: --truth service.jsonl; baihuo simulate writes one",
        )
    rows: dict[str, list[dict[str, Any]]] = {}
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                row = json.loads(line)
                rows.setdefault(str(row["conversation_id"]), []).append(row)
                _turn(row)
            except (ValueError, KeyError, TypeError) as error:
                raise BadInput(
                    f"{path}, line {number} says nothing of a message: {type(error).__name__} {error}",
                    fix="a line has conversation_id, text, kind and intent, as baihuo simulate writes them",
                ) from error
    return [_conversation(name, lines) for name, lines in rows.items()]


def _conversation(conversation_id: str, rows: list[dict[str, Any]]) -> TrueConversation:
    first = rows[0]
    return TrueConversation(
        conversation_id=conversation_id,
        language="zh" if first.get("language") == "zh" else "en",
        visitor_id=str(first.get("visitor_id") or "evaluated"),
        shopper_id=first.get("shopper_id"),
        page_product_id=first.get("page_product_id"),
        turns=tuple(_turn(row) for row in rows),
    )


def _turn(row: dict[str, Any]) -> TrueTurn:
    if row["kind"] not in get_args(WishKind):
        raise ValueError(f"kind {row['kind']!r} is not one of {', '.join(get_args(WishKind))}")
    return TrueTurn(
        text=row["text"],
        kind=row["kind"],
        intent=row.get("intent", ""),
        entities=tuple(Entity(**one) for one in row.get("entities", ())),
        right_answers=_texts(row.get("right_answers", {}).values()),
        order_id=row.get("order_id", ""),
        product_id=row.get("product_id", ""),
        is_new_wording=bool(row.get("is_last_week")),
    )


def _texts(values: Iterable[Any]) -> tuple[str, ...]:
    return tuple(str(value) for value in values)
