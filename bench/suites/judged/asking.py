"""Asks a shop as a visitor does: a worker of its own, ``GET /v1/search``, the first ten products of the page."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from suites.serve.worker import SERVE_WITH_SETTINGS, served

PLACES = 10


@dataclass(frozen=True, slots=True)
class Answer:
    """The top of a page. ``order`` is what ordered it, where the page says so."""

    product_ids: tuple[str, ...]
    notes: tuple[str, ...] = ()
    order: str = ""


def ask(shop: Path, queries: Iterable[tuple[str, str]]) -> list[Answer]:
    """The answer to each (text, language), each by a visitor who was never there before."""
    with served(shop, SERVE_WITH_SETTINGS) as (port, _):
        return [
            _one(port, text, language, visitor)
            for visitor, (text, language) in enumerate(queries, start=1)
        ]


def _one(port: int, text: str, language: str, visitor: int) -> Answer:
    parameters = urlencode({"q": text, "language": language, "visitor_id": f"judge-{visitor}"})
    url = f"http://127.0.0.1:{port}/v1/search?{parameters}"
    with urllib.request.urlopen(url, timeout=60) as response:
        return read_page(json.load(response))


def read_page(page: dict[str, Any]) -> Answer:
    """From the JSON of a page."""
    top = tuple(result["product_id"] for result in page["results"][:PLACES])
    return Answer(top, tuple(page["notes"]), page.get("order") or "")
