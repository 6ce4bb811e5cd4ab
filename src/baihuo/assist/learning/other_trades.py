"""Messages that are not the shop's business, and some that are any shop's, from ``trades.yaml``."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from baihuo.assist.turns import Language
from baihuo.assist.understand.message_model import own_parts, unknown_share
from baihuo.assist.understand.near_words import NearWords
from baihuo.assist.understand.readable import readable, words_of

_FRAMES_A_THING = 4
_COMMON = 3  # messages with a word that is the shop's


@dataclass(frozen=True, slots=True)
class TradeTalk:
    """A message and the trade that it belongs to; empty: any shop's."""

    text: str
    trade: str
    language: Language


def shop_talk(random_of: random.Random) -> list[TradeTalk]:
    """What any shop is asked about its goods: questions as they are asked, and goods in some of the frames."""
    shop = _file()["shop"]
    found: list[TradeTalk] = []
    for lang in _languages():
        found += [TradeTalk(text, "", lang) for text in shop[lang]]
        found += _framed(shop[f"things_{lang}"], shop[f"frames_{lang}"], "", lang, random_of)
    return found


def other_trades(random_of: random.Random) -> list[TradeTalk]:
    """What other trades are asked: questions as they are asked, and each of their things in some of the frames."""
    found: list[TradeTalk] = []
    for trade, of in _file()["trades"].items():
        for lang in _languages():
            found += [TradeTalk(text, trade, lang) for text in of[lang]]
            frames = _file()["frames"][lang]
            found += _framed(of[f"things_{lang}"], frames, trade, lang, random_of)
    return found


def _framed(
    things: Sequence[str],
    frames: Sequence[str],
    trade: str,
    language: Language,
    random_of: random.Random,
) -> list[TradeTalk]:
    return [
        TradeTalk(frame.format(thing), trade, language)
        for thing in things
        for frame in random_of.sample(frames, _FRAMES_A_THING)
    ]


def trade_names() -> list[str]:
    """The trades of the file."""
    return list(_file()["trades"])


def without(talk: Iterable[TradeTalk], own: Sequence[str]) -> list[TradeTalk]:
    """Those that are no message of the shop's own, nor another trade's in words that are all the shop's: a bank is asked about a
    forgotten PIN, and so may a shop be."""
    texts = {*own}
    parts = Counter(
        part for text in texts for word in words_of(readable(text)) for part in own_parts(word)
    )
    common = NearWords({part: n for part, n in parts.items() if n >= _COMMON})
    return [
        t
        for t in talk
        if t.text not in texts and not (t.trade and unknown_share(t.text, common) == 0)
    ]


def _languages() -> tuple[Language, Language]:
    return "en", "zh"


@cache
def _file() -> Mapping[str, Any]:
    raw: Mapping[str, Any] = yaml.safe_load(
        Path(__file__).with_name("trades.yaml").read_text(encoding="utf-8")
    )
    return raw
