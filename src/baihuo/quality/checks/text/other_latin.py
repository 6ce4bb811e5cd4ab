"""Titles in a third language, and Chinese titles in the letters of the other half of the Chinese world."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import yaml

from baihuo.engine import sql_file, sql_text

_MIN_WORDS = 3
_MAX_SHARE = 0.05
_MIN_USUAL = 20
_MOST_SINGLE = 100
_MIN_OTHERS = 3
# what is in daily use: the first level of each character set, as two bytes
_BIG5_USUAL = ("big5", 0xA440, 0xC67E)
_GB2312_USUAL = ("gb2312", 0xB0A1, 0xD7F9)


@cache
def _letters(name: str, first: int, last: int) -> frozenset[str]:
    """The letters of a character set between two of its codes."""
    letters = (code.to_bytes(2, "big").decode(name, "ignore") for code in range(first, last + 1))
    return frozenset(letter for letter in letters if len(letter) == 1 and letter >= "一")


def traditional_letters() -> str:
    """RE2 of a letter in daily use in traditional Chinese that simplified Chinese (GB 2312) does not have."""
    letters = (c for c in _letters(*_BIG5_USUAL) if not c.encode("gb2312", "ignore"))
    return f"[{''.join(sorted(letters))}]"


def simplified_letters() -> str:
    """RE2 of a letter in daily use in simplified Chinese and not in traditional Chinese."""
    return f"[{''.join(sorted(_letters(*_GB2312_USUAL) - _letters(*_BIG5_USUAL)))}]"


@cache
def _statement() -> Callable[..., str]:
    text = Path(__file__).with_name("latin_languages.yaml").read_text(encoding="utf-8")
    # YAML reads bare words such as "on", "y" and "no" as truth values
    words = {
        language: [str(word) for word in some]
        for language, some in yaml.load(text, Loader=yaml.BaseLoader).items()
    }
    english = words.pop("English")
    lists = {
        language: f"len(list_intersect(words, [{', '.join(map(sql_text, some))}]))"
        for language, some in (words | {"English": english}).items()
    }
    scores = ", ".join(
        f"struct_pack(language := '{language}', n := {lists[language]})" for language in words
    )
    every = sorted({word for some in words.values() for word in some})
    return sql_file(__file__, "other_latin").bind(
        any_word=rf"(?:^|\PL)(?:{'|'.join(every)})(?:\PL|$)",
        scores=f"[{scores}]",
        n_english=lists["English"],
        min_words=_MIN_WORDS,
        traditional=traditional_letters(),
        simplified=simplified_letters(),
        usual=f"[{''.join(sorted(_letters(*_GB2312_USUAL) | _letters(*_BIG5_USUAL)))}]",
        most_single=_MOST_SINGLE,
        min_others=_MIN_OTHERS,
        max_share=_MAX_SHARE,
        min_usual=_MIN_USUAL,
    )


def titles_in_other_languages(rows: str) -> str:
    """SQL of notes. ``rows``: ``title_en`` and ``title_zh``."""
    return _statement()(rows=rows)
