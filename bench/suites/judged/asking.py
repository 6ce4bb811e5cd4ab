"""Asks a shop as a visitor does: a worker of its own, its pages over HTTP, the first ten products of each."""

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


@dataclass(frozen=True, slots=True)
class Asked:
    """A page of recommendations that somebody asks for."""

    visitor_id: str
    language: str
    product_id: str = ""  # the product of the page; empty: the home page

    @property
    def path(self) -> str:
        return "recommend/similar" if self.product_id else "recommend/home"


def ask(shop: Path, queries: Iterable[tuple[str, str]]) -> list[Answer]:
    """The answer to each (text, language), each by a visitor who was never there before."""
    with served(shop, SERVE_WITH_SETTINGS) as (port, _):
        return [
            _get(port, "search", q=text, language=language, visitor_id=f"judge-{visitor}")
            for visitor, (text, language) in enumerate(queries, start=1)
        ]


def recommended(shop: Path, pages: Iterable[Asked]) -> list[Answer]:
    """The answer to each."""
    with served(shop, SERVE_WITH_SETTINGS) as (port, _):
        answers = []
        for one in pages:
            given = {"visitor_id": one.visitor_id, "language": one.language}
            if one.product_id:
                given["product_id"] = one.product_id
            answers.append(_get(port, one.path, **given))
        return answers


def _get(port: int, path: str, **parameters: str) -> Answer:
    url = f"http://127.0.0.1:{port}/v1/{path}?{urlencode(parameters)}"
    with urllib.request.urlopen(url, timeout=60) as response:
        return read_page(json.load(response))


def read_page(page: dict[str, Any]) -> Answer:
    """From the JSON of a page."""
    top = tuple(result["product_id"] for result in page["results"][:PLACES])
    return Answer(top, tuple(page["notes"]), page.get("order") or "")
