"""A message as it is read: one code point for one, so that places in it are places in what was typed."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

MOST_CHARACTERS = 1_000  # that are read of a message: a question is far shorter
_HTML = re.compile(r"<[^<>]{0,200}>")
_RUN = re.compile(
    r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+|[^\W\d_\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+|\d+"
)


def readable(text: str) -> str:
    """The first characters in narrow, lower-case form; tags of HTML, control and format characters are spaces.

    >>> readable("Ｗhere\\x00 <b>IS</b> it")
    'where     is     it'
    """
    cut = text[:MOST_CHARACTERS]
    if "<" in cut:
        cut = _HTML.sub(lambda tag: " " * len(tag.group()), cut)
    if cut.isascii() and cut.isprintable():
        return cut.lower()
    return "".join(map(_plain, cut))


def words_of(text: str) -> list[str]:
    """Runs of Chinese characters, of other letters, and of digits, of a readable text.

    >>> words_of("what's order4711 我要退货 ok?")
    ['what', 's', 'order', '4711', '我要退货', 'ok']
    """
    return _RUN.findall(text)


def is_han(word: str) -> bool:
    """Whether a word of :func:`words_of` is Chinese."""
    return "\u3400" <= word[:1] <= "\u9fff" or "\uf900" <= word[:1] <= "\ufaff"


@lru_cache(maxsize=20_000)
def _plain(character: str) -> str:
    if unicodedata.category(character)[0] in "CZ":  # control, format, surrogate; spaces
        return " "
    if character in "’‘＇`":
        return "'"
    plain = unicodedata.normalize("NFKC", character).lower()
    return plain if len(plain) == 1 else character
