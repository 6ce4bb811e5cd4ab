"""Dirty lines for the products file. All are added: no event refers to them, so truth stays simple."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import orjson

from baihuo.simulate.dirt import Record

_KINDS = (
    ("retry_same_id", "duplicates", "merge"),
    ("cut_line", "schema", "quarantine"),
    ("no_title", "schema", "quarantine"),
    ("negative_price", "schema", "repair"),
    ("negative_stock", "schema", "repair"),
    ("price_times_100", "prices", "repair"),
    ("price_far_off", "prices", "repair"),
)


def dirty_lines(
    product: Record, *, number: int, line: int, rng: random.Random
) -> Iterator[tuple[bytes, dict[str, Any]]]:
    """One dirty line made from the clean ``product`` that stands on ``line``, with its label."""
    name, check, action = _KINDS[number % len(_KINDS)]
    other_id = f"{product['product_id']}-b{rng.randint(100, 999)}"
    # Another listing: its own id, no codes and no title that would point at the first.
    other = {**product, "product_id": other_id, "codes": [], "variants": []}
    for title in ("title_en", "title_zh"):
        if title in product:
            other[title] = f"{product[title]} /{other_id[-3:]}"
    label: dict[str, Any] = {
        "check": check,
        "kind": name,
        "action": action,
        "is_added": True,
        "key": other_id,
        "of_line": None,
        "expected": None,
    }
    price = product["price_minor"]
    if name == "retry_same_id":
        other = product
        label |= {"key": product["product_id"], "of_line": line}
    elif name == "no_title":
        other |= {"title_en": None, "title_zh": None}
    elif name == "negative_price":
        other |= {"price_minor": -price}
    elif name == "negative_stock":
        other |= {"stock_units": -rng.randint(1, 50)}
    elif name == "price_times_100":
        other |= {"price_minor": price * 100}
        label |= {"expected": str(price)}
    elif name == "price_far_off":
        other |= {"price_minor": max(1, int(price * rng.choice((0.001, 400))))}
    written = orjson.dumps(other)
    if name == "cut_line":
        text = written.decode()
        written = text[: len(text) // 2].encode()
        label |= {"key": None}
    yield written, label
