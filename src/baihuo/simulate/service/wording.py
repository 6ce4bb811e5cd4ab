"""How people put a wish into words: filled slots, greetings, chatter, slips, pinyin, two languages in a sentence."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass

from pypinyin import lazy_pinyin

from baihuo.simulate.service.word_lists import N_LAST_WORDINGS, acts, wordings

KINDS = {
    "order": "order_id",
    "city": "delivery_city",
    "street": "address",
    "colour": "colour",
    "size": "size",
    "product": "product",
    "type": "product_type",
    "price": "price",
}
"""Of a slot: the kind of the entity that fills it."""
_P_OPENING, _P_ENDING, _P_CHATTER, _P_SLIP, _P_PINYIN, _P_MIXED = 0.22, 0.2, 0.06, 0.22, 0.03, 0.06
_MIXED = {
    "发货": "ship",
    "订单": "order",
    "退货": "return",
    "快递": "express",
    "发票": "invoice",
    "退款": "refund",
    "优惠券": "coupon",
    "尺码": "size",
    "取消": "cancel",
    "地址": "address",
}
_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a message; with a kind it is an entity, and no slip touches it."""

    text: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """An entity of a text, in code points."""

    kind: str
    value: str
    start: int
    end: int


def fill(template: str, values: Mapping[str, str]) -> list[Piece]:
    """A template with its slots filled.

    >>> fill("where is {order}?", {"order": "o7"})
    [Piece(text='where is ', kind=''), Piece(text='o7', kind='order_id'), Piece(text='?', kind='')]
    """
    pieces = []
    for i, part in enumerate(_SLOT.split(template)):
        if i % 2:
            pieces.append(Piece(values[part], KINDS[part]))
        elif part:
            pieces.append(Piece(part))
    return pieces


def joined(pieces: list[Piece]) -> tuple[str, list[Span]]:
    """The text of a message and the spans of its entities."""
    text, spans = "", []
    for piece in pieces:
        if piece.kind:
            spans.append(Span(piece.kind, piece.text, len(text), len(text) + len(piece.text)))
        text += piece.text
    return text, spans


def pick(options: tuple[str, ...], rng: random.Random, *, is_last_week: bool) -> str:
    """One of the ways to say something; the newest are met in the last week alone."""
    few = len(options) <= N_LAST_WORDINGS + 1
    return rng.choice(options if is_last_week or few else options[:-N_LAST_WORDINGS])


def as_people_write(pieces: list[Piece], language: str, rng: random.Random) -> list[Piece]:
    """The same with what surrounds a question in a chat, and with slips of fingers."""
    words = acts()
    has_slots = any(piece.kind for piece in pieces)
    if language == "zh" and not has_slots and rng.random() < _P_PINYIN:
        pieces = [Piece(" ".join(lazy_pinyin(piece.text))) for piece in pieces]
    elif language == "zh" and rng.random() < _P_MIXED:
        pieces = [p if p.kind else Piece(_mixed(p.text)) for p in pieces]
    if rng.random() < _P_SLIP:
        pieces = [p if p.kind else Piece(_slip(p.text, language, rng)) for p in pieces]
    if rng.random() < _P_OPENING:
        opening = rng.choice(wordings(words["openings"][language]))
        pieces = [Piece(opening + (" " if language == "en" else "")), *pieces]
    if rng.random() < _P_ENDING:
        ending = rng.choice(wordings(words["endings"][language]))
        pieces = [*pieces, Piece((" " if language == "en" else "") + ending)]
    if rng.random() < _P_CHATTER:
        chatter = Piece(rng.choice(wordings(words["chatter"][language])))
        space = Piece(" " if language == "en" else "")
        pieces = [chatter, space, *pieces] if rng.random() < 0.5 else [*pieces, space, chatter]
    return pieces


def _mixed(text: str) -> str:
    for chinese, english in _MIXED.items():
        text = text.replace(chinese, english)
    return text


def _slip(text: str, language: str, rng: random.Random) -> str:
    """A letter doubled, left out, changed with its neighbour, or no capitals and marks."""
    if len(text) < 5:
        return text
    kind, i = rng.randrange(4), rng.randint(1, len(text) - 3)
    if language == "zh" or kind == 0:
        return re.sub(r"[?？。，,.]", "", text).lower() if kind < 2 else text[:i] + text[i + 1 :]
    if kind == 1:
        return text[:i] + text[i] + text[i:]
    if kind == 2:
        return text[:i] + text[i + 1] + text[i] + text[i + 2 :]
    return text[:i] + text[i + 1 :]
