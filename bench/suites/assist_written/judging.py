"""Holds a reply against the rules of its turn. Returns what is wrong, in words; nothing: it is good."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from baihuo.core import Product
from suites.assist_written.shoppers import Stock, kind_of

DECISIONS = {
    "answer": ("answer",),
    "ask": ("ask_back",),
    "act": ("act",),
    "hand_over": ("hand_over",),
    "decline": ("decline",),
}
_CHINESE = re.compile(r"[一-鿿]")
_LATIN = re.compile(r"[A-Za-z]")
_SLOW_S = 2.0
_YES_NO = {True: r"(?i)\byes\b|是|支持|防水|waterproof", False: r"(?i)\bno\b|not|否|不|无"}


def filled(text: str, values: Mapping[str, str], *, is_pattern: bool = False) -> str:
    """The text with the names in braces replaced."""

    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name not in values:
            return found[0]
        return re.escape(values[name]) if is_pattern else values[name]

    return re.sub(r"\{([A-Za-z.]+)\}", value, text)


def read_text(reply: Mapping[str, Any]) -> str:
    """All that is read of a reply."""
    cards = [f"{o.get('order_id')} {o.get('status')}" for o in reply["orders"]]
    return " | ".join([reply["text"], *map(str, reply["options"]), *cards])


def decision_of(reply: Mapping[str, Any]) -> str:
    """What was decided: the note of the trace's step, without its reason."""
    notes = [s["note"] for s in reply["trace"] if s["stage"] == "decide"]
    return str(notes[0]).partition(":")[0] if notes else ""


def faults(
    turn: Mapping[str, Any],
    reply: Mapping[str, Any],
    values: Mapping[str, str],
    *,
    language: str,
    stock: Stock,
    wall_s: float,
) -> Iterator[str]:
    """What is wrong with a reply to a turn."""
    text = read_text(reply)
    for pattern in turn.get("has", ()):
        if not re.search(filled(pattern, values, is_pattern=True), text, re.IGNORECASE):
            yield f"lacks {pattern}"
    for pattern in turn.get("lacks", ()):
        if re.search(filled(pattern, values, is_pattern=True), text):
            yield f"has {pattern}"
    wanted = turn.get("decision")
    if wanted and not any(decision_of(reply) in DECISIONS[w] for w in wanted):
        yield f"decided {decision_of(reply)}, not {' or '.join(wanted)}"
    source = turn.get("source")
    if source and not any(i.startswith(source) for i in reply["source_ids"]):
        yield f"no source {source}"
    if "stranger" in values and re.search(rf"order:{values['stranger']}", str(reply)):
        yield "rests on another shopper's order"
    if not reply["text"].strip():
        yield "says nothing"
    if wall_s > _SLOW_S:
        yield f"took {wall_s:.1f} s"
    if not turn.get("any_language"):
        yield from _language(reply["text"], turn.get("language", language))
    yield from _products(turn, reply, stock)


def _language(text: str, language: str) -> Iterator[str]:
    chinese, latin = len(_CHINESE.findall(text)), len(_LATIN.findall(text))
    if language == "zh" and chinese < 2:
        yield "is not Chinese"
    if language == "en" and latin < chinese:
        yield "is not English"


def _products(turn: Mapping[str, Any], reply: Mapping[str, Any], stock: Stock) -> Iterator[str]:
    tiles = [stock.products[p["product_id"]] for p in reply["products"]]
    wanted = turn.get("tiles")
    if wanted == "none" and tiles:
        yield "shows products"
    elif isinstance(wanted, Mapping):
        yield from _tiles(tiles, wanted)
    if "page" not in turn:
        return
    product = stock.of(turn["page"])
    if turn.get("price") and not re.search(_price(product), reply["text"].replace(",", "")):
        yield f"lacks the price {_price(product)}"
    if "fact" in turn and not re.search(_fact(product.attributes[turn["fact"]]), reply["text"]):
        yield f"lacks {turn['fact']} {product.attributes[turn['fact']]}"


def _tiles(tiles: list[Product], wanted: Mapping[str, Any]) -> Iterator[str]:
    """Of the first three tiles two are of the kind; none of the kind costs more than is wanted."""
    first = tiles[:3]
    right = [p for p in first if kind_of(p.product_id) in wanted["kinds"]]
    if not first or 3 * len(right) < 2 * len(first):
        yield f"shows {[kind_of(p.product_id) for p in tiles]}, not {wanted['kinds']}"
    most = wanted.get("under")
    if most and any((p.price_minor or 0) > most * 100 for p in tiles):
        yield f"shows products over {most}"


def _price(product: Product) -> str:
    return re.escape(f"{(product.price_minor or 0) / 100:.2f}".rstrip("0").rstrip("."))


def _fact(value: object) -> str:
    if isinstance(value, bool):
        return _YES_NO[value]
    if isinstance(value, int | float):
        return rf"(?<![\d.]){value:g}(?!\d)"
    return rf"(?i){re.escape(str(value))}|[一-鿿]"  # Chinese words of a value are the shop's
