"""The language to reply in where nothing was learned: that of the letters."""

from __future__ import annotations

import re

from baihuo.assist.turns import Language

_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")


def language_of(text: str, fallback: Language | None = None) -> Language:
    """The language that most of a text is in. A Chinese character says as much as a word of letters.

    Args:
        fallback: where the text has neither, such as a number or an emoji: the language of the page.
    """
    n_han, n_words = len(_HAN.findall(text)), len(_LATIN_WORD.findall(text))
    if not n_han and not n_words:
        return fallback or "en"
    # a Chinese sentence with a brand or a model in it is Chinese: its characters are more
    return "zh" if n_han >= max(1, n_words) else "en"
