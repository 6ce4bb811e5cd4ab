"""JSON Schemas (draft 2020-12) made from the words themselves, so they cannot drift apart."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from baihuo.core.event import Event
from baihuo.core.page import Page
from baihuo.core.product import Product
from baihuo.core.query import Query

WORDS: dict[str, type] = {"event": Event, "product": Product, "query": Query, "page": Page}


def json_schema(word: str) -> dict[str, Any]:
    """The schema of one word: ``event``, ``product``, ``query`` or ``page``.

    Raises:
        KeyError: no such word.
    """
    schema = TypeAdapter(WORDS[word]).json_schema(mode="validation")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"https://baihuo.dev/schemas/{word}.schema.json",
        **schema,
    }
