"""Text normalisation before comparison."""

from __future__ import annotations

import re
import unicodedata

_SPACE = re.compile(r"\s+")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_LETTER = re.compile(r"[^\W\d_]")
_LATIN = re.compile(
    r"[a-zA-Z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff\uff21-\uff3a\uff41-\uff5a]"
)


def fold(text: str) -> str:
    """NFKC, case folding, white space collapsed: equal results are the same text.

    >>> fold("  ＵＳＢ　Hub ")
    'usb hub'
    """
    return _SPACE.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def has_han(text: str) -> bool:
    """Return whether the text has any Chinese character; it decides the tokenizer."""
    return _HAN.search(text) is not None


def is_latin(text: str) -> bool:
    """Return whether a text is without Chinese and at least half of its letters are Latin; it decides the encoder.

    >>> is_latin("β-carotene 10 mg"), is_latin("кроссовки Nike"), is_latin("スニーカー")
    (True, False, False)
    """
    if text.isascii():
        return True
    return not has_han(text) and 2 * len(_LATIN.findall(text)) >= len(_LETTER.findall(text))
