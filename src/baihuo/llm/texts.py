"""What a model reads of a product, and whether a text holds what it answered."""

from __future__ import annotations

import json
import re
from typing import Any

from baihuo.core import Product, fold
from baihuo.llm.chat import Answer

_LONGEST = 400  # characters: a model on this machine reads 40 tokens a second


def product_lines(product: Product) -> str:
    """Title, brand, category and the beginning of the description, one a line.

    A listing is data: line breaks in it are removed, so that it cannot end its own line and give instructions.
    """
    description = (product.description_en or product.description_zh or "")[:_LONGEST]
    lines = {
        "Title": product.title[:_LONGEST],
        "Brand": product.brand or "",
        "Category": " > ".join(product.category),
        "Description": description,
    }
    return "\n".join(f"{name}: {' '.join(text.split())}" for name, text in lines.items() if text)


def is_in(value: str, text: str) -> bool:
    """Whether ``text`` has ``value`` as whole words; for Chinese, as it stands.

    >>> is_in("red", "Red mug"), is_in("red", "Bored games")
    (True, False)
    """
    return re.search(rf"(?<![a-z0-9]){re.escape(fold(value))}(?![a-z0-9])", fold(text)) is not None


def read_object(answer: Answer) -> dict[str, Any]:
    """The JSON object of an answer.

    Raises:
        ValueError: it is none.
    """
    try:
        found = json.loads(answer.text)
    except ValueError:
        raise ValueError("no JSON") from None
    if not isinstance(found, dict):
        raise ValueError("no JSON object")
    return found
