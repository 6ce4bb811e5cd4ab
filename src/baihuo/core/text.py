"""Text normalisation before comparison."""

from __future__ import annotations

import re
import unicodedata

_SPACE = re.compile(r"\s+")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")


def fold(text: str) -> str:
    """NFKC, case folding, white space collapsed: equal results are the same text.

    >>> fold("  ＵＳＢ　Hub ")
    'usb hub'
    """
    return _SPACE.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def has_han(text: str) -> bool:
    """Return whether the text has any Chinese character; it decides the encoder and the tokenizer."""
    return _HAN.search(text) is not None
