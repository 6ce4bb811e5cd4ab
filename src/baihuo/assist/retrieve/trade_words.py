"""Reads words of the trade as the shop's knowledge writes them: "postage" where its entries say "shipping cost"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from baihuo.assist.turns import Language
from baihuo.assist.understand.readable import is_han, readable, words_of


@dataclass(frozen=True, eq=False)
class TradeWords:
    """How the entries of one language say what others say in other words. Immutable; threads may share it.

    ``meant``: phrases that no entry has → the phrase of their group that most entries have.
    """

    meant: Mapping[str, str]
    pattern: re.Pattern[str] | None  # of all phrases, the longest first; None: there is none

    @staticmethod
    def of(texts: Iterable[str], language: Language) -> TradeWords:
        """Learn it of questions and answers of the knowledge."""
        joined = [_spaced(text) for text in texts]
        meant: dict[str, str] = {}
        for group in _groups():
            n_of = {phrase: _n_with(phrase, joined) for phrase in group.get(language, ())}
            best = max(n_of, key=lambda phrase: n_of[phrase], default="")
            if not best or not n_of[best]:
                continue  # nothing of the knowledge is about it
            others = {phrase for phrase, n in n_of.items() if not n}
            if language == "zh":
                others |= set(group.get("en", ()))
            meant |= dict.fromkeys(others, best)
        parts = sorted(map(_pattern_of, meant), key=len, reverse=True)
        return TradeWords(meant, re.compile("|".join(parts)) if parts else None)

    def read(self, asked: str) -> str:
        """The question in the words of the entries; as it was where they have its words."""
        if self.pattern is None:
            return asked
        plain = readable(asked)
        read = self.pattern.sub(lambda found: self.meant[found.group()], plain)
        return asked if read == plain else read


@cache
def _groups() -> tuple[dict[str, list[str]], ...]:
    raw = Path(__file__).with_name("trade_words.yaml").read_text(encoding="utf-8")
    return tuple(yaml.safe_load(raw))


def _spaced(text: str) -> str:
    """The words of a text with spaces around each, so that a phrase is found as whole words."""
    return f" {' '.join(words_of(readable(text)))} "


def _n_with(phrase: str, joined: list[str]) -> int:
    sought = phrase if is_han(phrase) else _spaced(phrase)
    return sum(sought in text for text in joined)


def _pattern_of(phrase: str) -> str:
    if is_han(phrase):
        return re.escape(phrase)
    return rf"(?<![a-z]){re.escape(phrase)}(?![a-z])"
