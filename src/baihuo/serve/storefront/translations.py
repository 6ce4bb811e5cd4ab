"""The texts of the pages in the visitor's language, and the shop's translations of its own values."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request

from baihuo.core import BrokenFile

LANGUAGE_COOKIE = "language"
_MAX_HEADER = 500  # characters of a header that are read
_VALUE_KINDS = ("attributes", "values", "categories", "brands", "units")


@dataclass(frozen=True, slots=True)
class Translation:
    """One language. A value that the shop does not translate is shown as it is stored."""

    language: str
    texts: dict[str, str]  # by key, with placeholders of ``str.format``
    shop_values: dict[str, dict[str, str]] = field(default_factory=dict)  # by kind, stored -> shown

    def text(self, key: str, *values: object, **named: object) -> str:
        """The text of ``key``, its placeholders filled."""
        return self.texts[key].format(*values, **named)

    def has(self, key: str) -> bool:
        """Whether there is a text of that key."""
        return key in self.texts

    def attribute(self, name: str) -> str:
        """The name of an attribute."""
        return self._shop_value("attributes", name)

    def category(self, name: str) -> str:
        """The name of one level of a category path."""
        return self._shop_value("categories", name)

    def brand(self, name: str) -> str:
        """The name of a brand."""
        return self._shop_value("brands", name)

    def value(self, name: str, value: str | float | bool) -> str:
        """A value of the attribute ``name``, with the unit of that attribute where the shop has one."""
        if isinstance(value, bool) or value in ("yes", "no", "true", "false"):
            return self.texts["yes" if value in (True, "yes", "true") else "no"]
        text = f"{value:g}" if isinstance(value, float) else str(value)
        unit = self.shop_values.get("units", {}).get(name, "")
        if unit and text.replace(".", "", 1).isdigit():
            return f"{text} {unit}"
        return self._shop_value("values", text)

    def _shop_value(self, kind: str, stored: str) -> str:
        return self.shop_values.get(kind, {}).get(stored, stored)


@cache
def builtin_texts() -> dict[str, dict[str, str]]:
    """The texts of the pages by language and key. Every language has every key."""
    texts: dict[str, dict[str, str]] = json.loads(
        Path(__file__).with_name("translations.json").read_text(encoding="utf-8")
    )
    return texts


def load_translations(shop: Path, languages: tuple[str, ...]) -> dict[str, Translation]:
    """The translation of each language that has texts; English where none has.

    ``SHOP/words/<language>.json`` translates the shop's own values: an object with any of
    ``attributes``, ``values``, ``categories``, ``brands`` and ``units``, each an object from the stored
    name to the one to show.

    Raises:
        BrokenFile: a file is not such an object.
    """
    texts = builtin_texts()
    known = tuple(language for language in languages if language in texts) or ("en",)
    return {
        language: Translation(
            language, texts[language], _shop_values(shop / "words" / f"{language}.json")
        )
        for language in known
    }


def _shop_values(path: Path) -> dict[str, dict[str, str]]:
    if not path.exists():
        return {}
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
        return {
            kind: {str(stored): str(shown) for stored, shown in content.get(kind, {}).items()}
            for kind in _VALUE_KINDS
        }
    except (ValueError, AttributeError) as error:
        raise BrokenFile(
            f"{path} is not a file of translations: {error}",
            fix='write {"attributes": {"Colour": "颜色"}, "values": {}, "categories": {}, "brands": {}, "units": {}}',
        ) from error


def language_of(request: Request, translations: dict[str, Translation]) -> str:
    """The language of the URL, else of the cookie, else the browser's first choice, else our first."""
    for language in (request.query_params.get("language"), request.cookies.get(LANGUAGE_COOKIE)):
        if language in translations:
            return str(language)
    for part in request.headers.get("accept-language", "")[:_MAX_HEADER].lower().split(","):
        language = part.split(";")[0].strip().split("-")[0]
        if language in translations:
            return language
    return next(iter(translations))
