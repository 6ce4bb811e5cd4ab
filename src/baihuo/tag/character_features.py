"""What the tagger looks at around each character of a title."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any

_RUN = re.compile(r"[a-z0-9][a-z0-9.\-+/*]*")
_EDGE = "\x02"
_NEAR = 2  # characters to each side


def plain_characters(text: str) -> str:
    """The characters of a text in narrow, lower-case form, one for one."""
    return "".join(_plain(c) for c in text)


@cache
def _plain(character: str) -> str:
    plain = unicodedata.normalize("NFKC", character).lower()
    return plain if len(plain) == 1 else character


def features_of(text: str) -> list[list[str]]:
    """The names of the features of each character: the characters around it alone, in pairs and triples, their classes,
    the word that it is in, with its place there, the words beside it, and where in the title it stands.

    Args:
        text: as :func:`plain_characters` returns it.
    """
    padded = _EDGE * _NEAR + text + _EDGE * _NEAR
    classes = "".join(map(_class_of, padded))
    words, places = _words(text)
    last = len(words) - 1
    found = []
    for at in range(len(text)):
        c = padded[at : at + 2 * _NEAR + 1]
        k = classes[at : at + 2 * _NEAR + 1]
        number, place = places[at]
        word = words[number]
        before = words[number - 1] if number else _EDGE
        after = words[number + 1] if number < last else _EDGE
        found.append(
            [
                f"a{c[0]}",
                f"b{c[1]}",
                f"c{c[2]}",
                f"d{c[3]}",
                f"e{c[4]}",
                f"f{c[0:2]}",
                f"g{c[1:3]}",
                f"h{c[2:4]}",
                f"i{c[3:5]}",
                f"j{c[1]}{c[3]}",
                f"k{c[0:3]}",
                f"l{c[1:4]}",
                f"m{c[2:5]}",
                f"n{k[1:4]}",
                f"o{k}",
                f"p{place}{word}",
                f"q{before}|{place}",
                f"r{after}|{place}",
                f"s{before}|{word}",
                f"t{word}|{after}",
                f"u{_shape(word)}{place}",
                f"v{min(number, 4)}{place}",
                f"w{min(last - number, 3)}{place}",
            ]
        )
    return found


def _class_of(character: str) -> str:
    if character.isdigit():
        return "9"
    if character.isascii() and character.isalpha():
        return "a"
    if character.isspace():
        return " "
    if character == _EDGE:
        return "^"
    return "字" if character.isalpha() else "."


def _shape(word: str) -> str:
    """The classes of a word's characters, each run once."""
    return re.sub(r"(.)\1+", r"\1+", "".join(map(_class_of, word)))


def _words(text: str) -> tuple[list[str], list[tuple[int, str]]]:
    """The words of a text, and of each character the number of its word and its place there: B, M, E or S."""
    words: list[str] = []
    at = 0
    for run in _RUN.finditer(text):
        words.extend(_jieba().cut(text[at : run.start()]))
        words.append(run.group())
        at = run.end()
    words.extend(_jieba().cut(text[at:]))
    places: list[tuple[int, str]] = []
    for number, word in enumerate(words):
        letters = "S" if len(word) == 1 else "B" + "M" * (len(word) - 2) + "E"
        places.extend((number, letter) for letter in letters)
    return words, places


@cache
def _jieba() -> Any:
    import rjieba

    return rjieba
