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
    found = _stemmer().analyze(_irregular().get(word, word))
    return str(found[0]) if found else word


@cache
def _irregular() -> dict[str, str]:
    """Forms of verbs that no stemmer finds: worn → wear."""
    return {
        form: base
        for line in _lines("irregular_en.txt")
        for base, *forms in [line.split()]
        for form in forms
    }


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
    return _groups(f"words_{script}.txt", script)


@cache
def near(script: Literal["en", "zh"]) -> dict[str, frozenset[str]]:
    """As :func:`meanings`, wider: enough to say that a word is not unheard of, too little to tell two facts apart."""
    return _groups(f"near_{script}.txt", script)


@cache
def joining(script: Literal["en", "zh"]) -> frozenset[str]:
    """As :func:`glue`, wider."""
    return glue(script) | _plain_words(f"joining_{script}.txt", script)


def _groups(file: str, script: Literal["en", "zh"]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for line in _lines(file):
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
    return _plain_words(f"glue_{script}.txt", script)


def _plain_words(file: str, script: Literal["en", "zh"]) -> frozenset[str]:
    words = " ".join(_lines(file)).split()
    return frozenset(words) | (frozenset(map(stem, words)) if script == "en" else frozenset())


def _key(word: str, script: str) -> str:
    if script == "zh":
        return word.strip()
    return " ".join(stem(w) for w in re.findall(r"[a-z]+", word))


def _lines(name: str) -> list[str]:
    text = (_FOLDER / name).read_text(encoding="utf-8")
    return [line.strip() for line in text.splitlines() if line.strip() and line[0] != "#"]
