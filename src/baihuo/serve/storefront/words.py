"""What the pages say, in the visitor's language: our own texts, and a shop's names for its values."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request

from baihuo.core import BrokenFile

LANGUAGE_COOKIE = "language"
_LOG = logging.getLogger(__name__)
_MAX_HEADER = 500  # characters of a header that are read
_NAMES = ("attributes", "values", "categories", "brands", "units")


@dataclass(frozen=True, slots=True)
class Words:
    """One language. What a shop has no word for is shown as it is stored."""

    language: str
    texts: dict[str, str]
    names: dict[str, dict[str, str]] = field(default_factory=dict)

    def say(self, key: str, *values: object, **named: object) -> str:
        """A text of ours with its blanks filled."""
        return self.texts[key].format(*values, **named)

    def has(self, key: str) -> bool:
        return key in self.texts

    def attribute(self, name: str) -> str:
        return self.names.get("attributes", {}).get(name, name)

    def category(self, name: str) -> str:
        return self.names.get("categories", {}).get(name, name)

    def brand(self, name: str) -> str:
        return self.names.get("brands", {}).get(name, name)

    def value(self, name: str, value: str | float | bool) -> str:
        """An attribute's value, with the unit of its name where the shop gives one."""
        if isinstance(value, bool) or value in ("yes", "no", "true", "false"):
            return self.texts["yes" if value in (True, "yes", "true") else "no"]
        text = f"{value:g}" if isinstance(value, float) else str(value)
        unit = self.names.get("units", {}).get(name, "")
        if unit and text.replace(".", "", 1).isdigit():
            return f"{text} {unit}"
        return self.names.get("values", {}).get(text, text)


@cache
def own_texts() -> dict[str, dict[str, str]]:
    """Our texts by language; every language has every key."""
    texts: dict[str, dict[str, str]] = json.loads(
        Path(__file__).with_name("texts.json").read_text(encoding="utf-8")
    )
    return texts


def words_of(shop: Path, languages: tuple[str, ...]) -> dict[str, Words]:
    """The words of each language; a shop's own names come from ``SHOP/words/<language>.json``.

    That file is an object with any of ``attributes``, ``values``, ``categories``, ``brands`` and
    ``units``, each from the stored name to the name to show.

    Raises:
        BrokenFile: a words file is not such an object.
    """
    texts, words = own_texts(), {}
    for language in (*(x for x in languages if x in texts),) or ("en",):
        words[language] = Words(
            language, texts[language], _names(shop / "words" / f"{language}.json")
        )
    return words


def _names(path: Path) -> dict[str, dict[str, str]]:
    if not path.exists():
        return {}
    try:
        read: Any = json.loads(path.read_text(encoding="utf-8"))
        return {name: {str(k): str(v) for k, v in read.get(name, {}).items()} for name in _NAMES}
    except (ValueError, AttributeError) as error:
        raise BrokenFile(
            f"{path} is not a file of words: {error}",
            fix='write {"attributes": {"Colour": "颜色"}, "values": {}, "categories": {}, "brands": {}, "units": {}}',
        ) from error


def language_of(request: Request, known: dict[str, Words]) -> str:
    """Asked for in the address, else remembered, else what the browser prefers, else the first."""
    for said in (request.query_params.get("language"), request.cookies.get(LANGUAGE_COOKIE)):
        if said in known:
            return str(said)
    for part in request.headers.get("accept-language", "")[:_MAX_HEADER].lower().split(","):
        tag = part.split(";")[0].strip().split("-")[0]
        if tag in known:
            return tag
    return next(iter(known))
