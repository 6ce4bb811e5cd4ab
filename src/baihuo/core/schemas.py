"""JSON Schemas (draft 2020-12), generated from the classes."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from baihuo.core.event import Event
from baihuo.core.page import Page
from baihuo.core.product import Product
from baihuo.core.query import Query

RECORDS: dict[str, type] = {"event": Event, "product": Product, "query": Query, "page": Page}


def json_schema(name: str) -> dict[str, Any]:
    """The schema of a record: ``event``, ``product``, ``query`` or ``page``.

    Raises:
        KeyError: not one of these.
    """
    schema = TypeAdapter(RECORDS[name]).json_schema(mode="validation")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"https://baihuo.dev/schemas/{name}.schema.json",
        **schema,
    }
