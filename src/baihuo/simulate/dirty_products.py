"""Dirty lines for the products file. All are added: no event refers to them, so truth stays simple."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import orjson

from baihuo.dirt import FlatRow
from baihuo.simulate.dirt import ROWS, Record


def dirty_lines(
    product: Record, *, number: int, line: int, rng: random.Random
) -> Iterator[tuple[bytes, dict[str, Any]]]:
    """One dirty line made from the clean ``product`` that stands on ``line``, with its label."""
    row = ROWS["products"][number % len(ROWS["products"])]
    name = row["kind"]
    other_id = f"{product['product_id']}-b{rng.randint(100, 999)}"
    # Another listing: its own id, no codes and no title that would point at the first.
    other = {**product, "product_id": other_id, "codes": [], "variants": []}
    for title in ("title_en", "title_zh"):
        if title in product:
            other[title] = f"{product[title]} /{other_id[-3:]}"
    label: dict[str, Any] = {
        "check": row["check"],
        "kind": name,
        "action": row["action"],
        "is_added": True,
        "key": other_id,
        "of_line": None,
        "expected": None,
    }
    if name == "retry_same_id":
        other = product
        label |= {"key": product["product_id"], "of_line": line}
    if "expected" in row:
        label["expected"] = str(product[row["expected"]])
    other = FlatRow(other, rng).changed(row.get("set", {}))
    written = orjson.dumps(other)
    if name == "cut_line":
        text = written.decode()
        written = text[: len(text) // 2].encode()
        label |= {"key": None}
    yield written, label
