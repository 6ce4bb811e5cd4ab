"""The set phrases of both languages. They state no fact of the shop, so they need no source."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from baihuo.assist.turns import Language, Sentence


@cache
def _phrases() -> dict[str, dict[str, str]]:
    text = Path(__file__).with_name("phrases.json").read_text(encoding="utf-8")
    read: dict[str, dict[str, str]] = json.loads(text)
    return read


def phrase(language: Language, key: str, **named: str) -> str:
    """The phrase of that key, its placeholders filled.

    Raises:
        KeyError: there is no such phrase.
    """
    return _phrases()[language][key].format(**named)


def has_phrase(key: str) -> bool:
    """Whether there is a phrase of that key."""
    return key in _phrases()["en"]


def said(language: Language, key: str, **named: str) -> Sentence:
    """The phrase as a sentence."""
    return Sentence(text=phrase(language, key, **named))
