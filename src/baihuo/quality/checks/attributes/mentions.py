"""Values that titles and descriptions name, looked up word by word."""

from __future__ import annotations

from baihuo.engine import sql_file

_MENTIONS = sql_file(__file__, "title_mentions")
_WORDS = r"[\p{L}\p{N}]+"
_TOKENS = r"regexp_extract_all(lower(title), '\p{Han}+|(?:[^\P{L}\p{Han}]|\p{N})+')"


def mentions(rows: str, max_words: int) -> str:
    """SQL of the known values that the first ``max_words`` words of ``title_en`` and ``title_zh`` name.

    Reads ``known_values`` and ``value_spellings``, too.
    """
    return _MENTIONS(tokens=f"{_TOKENS}[:{max_words}]", rows=rows)


def normalized(text: str) -> str:
    """SQL: the text in lower case, letters and digits only, one space between words."""
    return f"array_to_string(regexp_extract_all(lower({text}), '{_WORDS}'), ' ')"
