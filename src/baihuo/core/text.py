"""The one way this house folds text before comparing it."""

from __future__ import annotations

import re
import unicodedata

_SPACE = re.compile(r"\s+")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")


def fold(text: str) -> str:
    """NFKC, case folded, white space collapsed: equal results mean "the same words".

    >>> fold("  ＵＳＢ　Hub ")
    'usb hub'
    """
    return _SPACE.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def has_han(text: str) -> bool:
    """Whether any Chinese character is in it: which encoder and which words to use."""
    return _HAN.search(text) is not None
