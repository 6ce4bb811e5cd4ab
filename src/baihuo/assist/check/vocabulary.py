"""Words of one meaning: what a paraphrase may say for what a source says, and words that state nothing."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal

_FOLDER = Path(__file__).parent
_OPPOSITE = "=not "
OPPOSITE = "\x00not"  # in the meanings of a word: it turns its clause round


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """The English stem of a folded word."""
    found = _stemmer().analyze(word)
    return str(found[0]) if found else word


@cache
def _stemmer() -> Any:
    import tantivy

    return (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.stemmer("english"))
        .build()
    )


@cache
def meanings(script: Literal["en", "zh"]) -> dict[str, frozenset[str]]:
    """Word or phrase (stems, for English) → meanings that it may stand for."""
    found: dict[str, set[str]] = defaultdict(set)
    for line in _lines(f"words_{script}.txt"):
        head, _, others = line.partition(" = ")
        if others.startswith(_OPPOSITE):
            found[_key(head, script)] |= {_key(others.removeprefix(_OPPOSITE), script), OPPOSITE}
            continue
        name = _key(head, script)
        found[name].add(name)
        for other in others.split(" | "):
            found[_key(other, script)].add(name)
    return {word: frozenset(names) for word, names in found.items()}


@cache
def longest(script: Literal["en", "zh"]) -> int:
    """Most words (English) or characters (Chinese) of a known phrase."""
    return max(len(w.split()) if script == "en" else len(w) for w in meanings(script))


@cache
def glue(script: Literal["en", "zh"]) -> frozenset[str]:
    """Words that state no fact of a shop, such as "please": a reply may have them without a source."""
    words = " ".join(_lines(f"glue_{script}.txt")).split()
    return frozenset(words) | (frozenset(map(stem, words)) if script == "en" else frozenset())


def _key(word: str, script: str) -> str:
    if script == "zh":
        return word.strip()
    return " ".join(stem(w) for w in re.findall(r"[a-z]+", word))


def _lines(name: str) -> list[str]:
    text = (_FOLDER / name).read_text(encoding="utf-8")
    return [line.strip() for line in text.splitlines() if line.strip() and line[0] != "#"]
